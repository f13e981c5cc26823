import { GlyphlabError } from '../contract/index.ts'
import { exportDataset } from './export-dataset.ts'
import type { ExportCommand, ExportInput, ExportMessage, ExportSample } from './export-messages.ts'

/** Entry of the export process: writing a million files leaves the engine free. */
const send = (message: ExportMessage): void => {
  process.send?.(message)
}

let cancelled = false
let takeSamples: (samples: ExportSample[]) => void = () => {}

const nextSamples = (): Promise<ExportSample[]> =>
  new Promise((resolve) => {
    takeSamples = resolve
    send({ type: 'more' })
  })

async function run(input: ExportInput): Promise<void> {
  const samples: ExportSample[] = []
  for (let more = await nextSamples(); more.length > 0; more = await nextSamples()) samples.push(...more)
  const result = await exportDataset(input, samples, {
    progress: (progress) => send({ type: 'progress', progress }),
    cancelled: () => cancelled,
  })
  send({ type: 'result', result })
}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: ExportCommand) => {
  if (command.type === 'samples') takeSamples(command.samples)
  else if (command.type === 'start')
    run(command.input).catch((cause: unknown) =>
      send({
        type: 'failure',
        error:
          cause instanceof GlyphlabError
            ? cause.toBody()
            : {
                code: 'INTERNAL',
                message: `The export failed: ${cause instanceof Error ? cause.message : cause}`,
              },
      }),
    )
  else cancelled = true
})
