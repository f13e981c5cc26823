import { writeNewFolder } from '../../blobs/new-folder.ts'
import { GlyphlabError } from '../../contract/index.ts'
import type {
  ExportPiece,
  RunExportCommand,
  RunExportInput,
  RunExportMessage,
  RunExportResult,
} from './export-messages.ts'
import { runExporterById } from './index.ts'

/** Entry of the process that writes runs for other programs. */
const send = (message: RunExportMessage): void => {
  process.send?.(message)
}

const warningsKept = 1_000
let cancelled = false
let takePiece: (piece: ExportPiece | null) => void = () => {}

const nextPiece = (): Promise<ExportPiece | null> =>
  new Promise((resolve) => {
    takePiece = resolve
    send({ type: 'more' })
  })

async function write(
  { format, target, access, runs }: RunExportInput,
  place: string,
): Promise<RunExportResult> {
  const result: RunExportResult = { runs: 0, points: 0, files: 0, warnings: [] }
  const warn = (text: string) => {
    if (result.warnings.length < warningsKept) result.warnings.push(text)
  }
  const writer = runExporterById(format).open(place, warn, target, access)
  for (let piece = await nextPiece(); piece; piece = await nextPiece()) {
    if (cancelled) throw new GlyphlabError('CANCELLED', `Cancelled: ${target} is not complete.`)
    if (piece.kind === 'run') {
      send({
        type: 'progress',
        progress: {
          value: result.runs / runs,
          message: `Run ${result.runs + 1} of ${runs}: ${piece.run.run.name}`,
          rate: null,
          rateUnit: null,
          remainingMs: null,
        },
      })
      await writer.begin(piece.run)
      result.runs++
    } else if (piece.kind === 'points') {
      await writer.points(piece.key, piece.points)
      result.points += piece.points.length / 3
    } else if (piece.kind === 'artifact') {
      await writer.artifact(piece.path, piece.location)
      result.files++
    } else await writer.end()
  }
  await writer.finish()
  return result
}

const run = (input: RunExportInput): Promise<RunExportResult> =>
  runExporterById(input.format).target === 'folder'
    ? writeNewFolder(input.target, (fresh) => write(input, fresh))
    : write(input, input.target)

process.on('disconnect', () => process.exit(1))
process.on('message', (command: RunExportCommand) => {
  if (command.type === 'piece') takePiece(command.piece)
  else if (command.type !== 'start') cancelled = true
  else
    run(command.input)
      .then((result) => send({ type: 'result', result }))
      .catch((cause: unknown) =>
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
})
