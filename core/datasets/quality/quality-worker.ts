import { GlyphlabError, rowMediaType } from '../../contract/index.ts'
import { checkQuality } from './check-quality.ts'
import { checkRows } from './check-rows.ts'
import { findLabelErrors } from './label-errors/find-label-errors.ts'
import type { QualityCommand, QualityInput, QualityMessage, QualityResult } from './quality-messages.ts'
import { readQualitySamples } from './stored-pictures.ts'

/** Entry of the process that looks at the quality of a version. */
const send = (message: QualityMessage): void => {
  process.send?.(message)
}

const membersAtOnce = 5_000
let cancelled = false

async function run(input: QualityInput): Promise<QualityResult> {
  const port = {
    progress: (progress: Extract<QualityMessage, { type: 'progress' }>['progress']) =>
      send({ type: 'progress', progress }),
    measures: (measures: Extract<QualityMessage, { type: 'measures' }>['measures']) =>
      send({ type: 'measures', measures }),
    cancelled: () => cancelled,
  }
  const samples = await readQualitySamples(input.samplesFile)
  if (samples[0]?.mediaType === rowMediaType) {
    if (input.task === 'check') return checkRows(samples, input.refused, port)
    throw new GlyphlabError('UNSUPPORTED', 'Probable label errors are looked for in pictures, not in rows.')
  }
  return input.task === 'check'
    ? checkQuality(samples, input.refused, port)
    : findLabelErrors(samples, input, port)
}

/** Members go in parts: a million in one message would hold up the engine for seconds. */
function sendResult({ findings, facts }: QualityResult): void {
  for (const [finding, { members }] of findings.entries())
    for (let start = 0; start < members.length; start += membersAtOnce)
      send({ type: 'members', finding, members: members.slice(start, start + membersAtOnce) })
  send({
    type: 'result',
    result: { findings: findings.map((finding) => ({ ...finding, members: [] })), facts },
  })
}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: QualityCommand) => {
  if (command.type !== 'start') {
    cancelled = true
    return
  }
  run(command.input)
    .then(sendResult)
    .catch((cause: unknown) =>
      send({
        type: 'failure',
        error:
          cause instanceof GlyphlabError
            ? cause.toBody()
            : {
                code: 'INTERNAL',
                message: `The check failed: ${cause instanceof Error ? cause.message : cause}`,
              },
      }),
    )
})
