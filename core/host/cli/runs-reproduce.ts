import { type Command, Option } from 'commander'
import { type BackendId, backendId, type Reproduction } from '../../contract/index.ts'
import { followJob } from './output.ts'
import { verb } from './verb.ts'

const verdicts: Record<Reproduction['verdict'], string> = {
  running: 'still running',
  identical: 'identical to the bit',
  'within-tolerance': 'within tolerance',
  differs: 'differs',
  unfinished: 'one of the runs ended before its time',
}

export function addReproduceVerb(runs: Command): void {
  verb(
    runs
      .command('reproduce')
      .description('train again from the record of a run, and say whether it came out the same')
      .argument('<run>', 'its id, or how it begins')
      .addOption(
        new Option('--backend <id>', 'on another backend than the run was').choices(backendId.options),
      ),
    async (client, output, original: string, { backend }: { backend?: BackendId }) => {
      const { jobId, runId } = await client.call('runs.reproduce', {
        runId: original,
        ...(backend === undefined ? {} : { backend }),
      })
      await followJob(client, jobId, output)
      const reproduction = await client.call('runs.reproduction', { runId })
      output.line({ run: runId, ...reproduction }, () =>
        reproduction ? [`run ${runId}`, ...verdictLines(reproduction)].join('\n') : `run ${runId}`,
      )
      if (reproduction?.verdict === 'differs') process.exitCode = 1
    },
  )
}

function verdictLines({ verdict, first, firstBeyond, differences, backends }: Reproduction): string[] {
  const { expected: before, found: now } = backends
  const where = before !== now && before !== null && now !== null ? ` (on ${now}; it was on ${before})` : ''
  const lines = [`${verdicts[verdict]}${where}`]
  if (first) {
    lines.push(
      `the loss of step ${first.step} is the first that differs: ${first.expected}, now ${first.found}`,
    )
  }
  if (firstBeyond && firstBeyond.step !== first?.step) {
    const { step, expected, found } = firstBeyond
    lines.push(`the loss of step ${step} is the first beyond tolerance: ${expected}, now ${found}`)
  }
  for (const { key, expected, found } of differences)
    lines.push(`${key}: ${expected || 'none'}, now ${found}`)
  return lines
}
