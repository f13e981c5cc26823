import { type Command, Option } from 'commander'
import type { RunEvaluation, Subset } from '../../contract/index.ts'
import { table } from './output.ts'
import { integer, verb } from './verb.ts'

export function addEvaluationVerb(runs: Command): void {
  verb(
    runs
      .command('evaluation')
      .description(
        "what a classifier's probabilities come to: ROC, precision and recall, calibration, mistakes, slices",
      )
      .argument('<run>', 'its id, or how it begins')
      .addOption(
        new Option('--subset <name>', 'default: test, or what there is').choices(['test', 'validation']),
      )
      .option('--errors <n>', 'how many of the surest mistakes', integer, 20),
    async (client, output, runId: string, { subset, errors }: { subset?: Subset; errors: number }) => {
      const evaluation = await client.call('runs.evaluation', { runId, subset, errors })
      output.line(evaluation, () => evaluationText(evaluation))
    },
  )
}

const share = (value: number | null | undefined) => (value == null ? '' : value.toFixed(4))
const percent = (value: number) => `${(value * 100).toFixed(1)} %`

function evaluationText(evaluation: RunEvaluation): string {
  const { samples, subset, classes, micro, macro, calibration, errors, errorCount, slices } = evaluation
  return [
    `${samples} samples of the ${subset} subset`,
    '',
    table([
      ['CLASS', 'SAMPLES', 'ROC AUC', 'AVERAGE PRECISION'],
      ...classes.map(({ label, support, ranking }) => [
        label,
        String(support),
        share(ranking?.auc),
        share(ranking?.averagePrecision),
      ]),
      ['(micro)', '', share(micro?.auc), share(micro?.averagePrecision)],
      ['(macro)', '', share(macro.auc), share(macro.averagePrecision)],
    ]),
    '',
    `expected calibration error ${share(calibration.ece)}`,
    table([
      ['SURE', 'SAMPLES', 'MEAN CONFIDENCE', 'RIGHT'],
      ...calibration.bins
        .filter(({ count }) => count > 0)
        .map((bin) => [
          `${percent(bin.from)} to ${percent(bin.to)}`,
          String(bin.count),
          share(bin.confidence),
          share(bin.accuracy),
        ]),
    ]),
    '',
    `${errorCount} mistakes, the surest first`,
    table([
      ['SAMPLE', 'IS', 'TAKEN FOR', 'SURE'],
      ...errors.map((one) => [one.path, one.actual, one.predicted, percent(one.confidence)]),
    ]),
    '',
    table([
      ['BY', 'SLICE', 'SAMPLES', 'RIGHT', '95 %'],
      ...slices.map((slice) => [
        slice.by,
        typeof slice.value === 'string' ? slice.value : slice.value.join(' to '),
        String(slice.samples),
        percent(slice.accuracy),
        `${percent(slice.interval[0])} to ${percent(slice.interval[1])}`,
      ]),
    ]),
  ].join('\n')
}
