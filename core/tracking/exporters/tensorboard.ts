import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { ProtoWriter } from '../formats/protobuf.ts'
import { framedRecord } from '../formats/tf-records.ts'
import { toPortable } from '../portable-run.ts'
import { runSummaryTag } from '../run-words.ts'
import { copyBlob, writeNew } from './export-files.ts'
import type { RunExporter } from './exporter.ts'

/** DataType of TensorFlow. */
const doubleType = 2
const stringType = 7
const pluginVersion = 0

/** Message Event, framed. */
const event = (timeMs: number, step: number, fill: (event: ProtoWriter) => unknown): Buffer => {
  const message = new ProtoWriter().double(1, timeMs / 1_000).int(2, step)
  fill(message)
  return framedRecord(message.finish())
}

/** A summary of one value; the first one of a tag names the plugin that shows it. */
function summary(
  event: ProtoWriter,
  tag: string,
  plugin: { name: string; content?: Buffer } | null,
  tensor: ((writer: ProtoWriter) => unknown) | null,
): void {
  event.message(5, (summary) =>
    summary.message(1, (value) => {
      value.bytes(1, tag)
      if (tensor) value.message(8, tensor)
      if (plugin)
        value.message(9, (metadata) =>
          metadata.message(1, (data) =>
            data.bytes(1, plugin.name).bytes(2, plugin.content ?? Buffer.alloc(0)),
          ),
        )
    }),
  )
}

const doubleTensor = (value: number) => (tensor: ProtoWriter) =>
  tensor
    .int(1, doubleType)
    .message(2, () => {})
    .double(6, value)
const textTensor = (text: string) => (tensor: ProtoWriter) =>
  tensor
    .int(1, stringType)
    .message(2, () => {})
    .bytes(8, text)

/** HParamsPluginData with a SessionStartInfo. */
const hparams = (params: Record<string, string>): Buffer =>
  new ProtoWriter()
    .int(1, pluginVersion)
    .message(3, (start) => {
      for (const [key, value] of Object.entries(params))
        start.message(1, (entry) => entry.bytes(1, key).message(2, (one) => one.bytes(3, value)))
    })
    .finish()

/** A run's folder: its name as far as it can be one, and the beginning of its id. */
const folderName = (name: string, id: string): string =>
  `${name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').slice(0, 80)}-${id.slice(0, 8)}`

/** Event files in a folder a run. Values are doubles in tensors: TensorBoard's old floats would round them. */
export const tensorboard: RunExporter = {
  id: 'tensorboard',
  title: 'TensorBoard log',
  description: 'Event files, a folder a run: scalars, params (HPARAMS), tags as text, and the files beside.',
  target: 'folder',
  open(directory) {
    let folder = directory
    let file = ''
    let known = new Set<string>()
    return {
      async begin(exported) {
        const run = toPortable(exported)
        folder = path.join(directory, folderName(run.name, run.id))
        const begin = run.startTime ?? 0
        file = path.join(folder, `events.out.tfevents.${Math.floor(begin / 1_000)}.glyphlab`)
        known = new Set()
        const events = [
          event(begin, 0, (one) => one.bytes(3, 'brain.Event:2')),
          event(begin, 0, (one) =>
            summary(one, runSummaryTag, { name: 'text' }, textTensor(JSON.stringify(run))),
          ),
        ]
        if (Object.keys(run.params).length > 0)
          events.push(
            event(begin, 0, (one) =>
              summary(
                one,
                '_hparams_/session_start_info',
                { name: 'hparams', content: hparams(run.params) },
                null,
              ),
            ),
          )
        await writeNew(file, Buffer.concat(events))
      },
      async points(key, points) {
        const events: Buffer[] = []
        for (let at = 0; at < points.length; at += 3) {
          const plugin = known.has(key) ? null : { name: 'scalars' }
          known.add(key)
          events.push(
            event(points[at + 2] ?? 0, points[at] ?? 0, (one) =>
              summary(one, key, plugin, doubleTensor(points[at + 1] ?? Number.NaN)),
            ),
          )
        }
        await appendFile(file, Buffer.concat(events))
      },
      artifact: (place, location) => copyBlob(location, path.join(folder, 'artifacts', place)),
      end: async () => {},
      finish: async () => {},
    }
  },
}
