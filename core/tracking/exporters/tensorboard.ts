import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { ProtoMessage } from '../../domain/protobuf.ts'
import { framedRecord } from '../formats/tf-records.ts'
import { toPortable } from '../portable-run.ts'
import { runSummaryTag } from '../run-words.ts'
import { copyBlob, writeNew } from './export-files.ts'
import type { RunExporter } from './exporter.ts'

/** DataType of TensorFlow. */
const doubleType = 2
const stringType = 7
const pluginVersion = 0

/** Message Event, framed. @param content what it holds besides its time and step */
const event = (timeMs: number, step: number, content: (event: ProtoMessage) => ProtoMessage): Buffer =>
  framedRecord(content(new ProtoMessage().double(1, timeMs / 1_000).integer(2, step)).toBytes())

/** A summary of one value; the first one of a tag names the plugin that shows it. */
function summary(
  tag: string,
  plugin: { name: string; content?: Buffer } | null,
  tensor: ProtoMessage | null,
): ProtoMessage {
  const value = new ProtoMessage().text(1, tag)
  if (tensor) value.message(8, tensor)
  if (plugin) {
    const data = new ProtoMessage().text(1, plugin.name).bytes(2, plugin.content ?? Buffer.alloc(0))
    value.message(9, new ProtoMessage().message(1, data))
  }
  return new ProtoMessage().message(1, value)
}

const doubleTensor = (value: number): ProtoMessage =>
  new ProtoMessage().integer(1, doubleType).message(2, new ProtoMessage()).double(6, value)
const textTensor = (text: string): ProtoMessage =>
  new ProtoMessage().integer(1, stringType).message(2, new ProtoMessage()).text(8, text)

/** HParamsPluginData with a SessionStartInfo. */
function hparams(params: Record<string, string>): Buffer {
  const start = new ProtoMessage()
  for (const [key, value] of Object.entries(params))
    start.message(1, new ProtoMessage().text(1, key).message(2, new ProtoMessage().text(3, value)))
  return new ProtoMessage().integer(1, pluginVersion).message(3, start).toBytes()
}

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
          event(begin, 0, (one) => one.text(3, 'brain.Event:2')),
          event(begin, 0, (one) =>
            one.message(5, summary(runSummaryTag, { name: 'text' }, textTensor(JSON.stringify(run)))),
          ),
        ]
        if (Object.keys(run.params).length > 0)
          events.push(
            event(begin, 0, (one) =>
              one.message(
                5,
                summary(
                  '_hparams_/session_start_info',
                  { name: 'hparams', content: hparams(run.params) },
                  null,
                ),
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
              one.message(5, summary(key, plugin, doubleTensor(points[at + 1] ?? Number.NaN))),
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
