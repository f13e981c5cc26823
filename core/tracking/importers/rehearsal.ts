import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ProtoMessage } from '../../domain/protobuf.ts'
import { framedRecord } from '../formats/tf-records.ts'
import type { RunSink } from './importer.ts'
import { openRunSource } from './open-run-source.ts'
import { tensorboard } from './tensorboard.ts'

const floatType = 1
/** After so many events V8 has compiled what reads them: the first real log is then read eight times as fast. */
const events = 4_000
const times = 8
const nothing = async () => {}

/** Reads a log of its own making, so that the real one does not wait for the compiler. Leaves nothing behind. */
export async function rehearse(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-rehearsal-'))
  const sink: RunSink = {
    head: nothing,
    params: nothing,
    tags: nothing,
    inputs: nothing,
    artifact: nothing,
    artifactFile: nothing,
    points: nothing,
    broken: () => {},
  }
  try {
    await writeFile(path.join(folder, 'events.out.tfevents.0.rehearsal'), log())
    for (let at = 0; at < times; at++) {
      const { runs } = await tensorboard.find(openRunSource(folder, 'rehearsal', folder))
      for (const run of runs) await run.read(sink)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Scalars as TensorFlow 1 and PyTorch write them, and as TensorFlow 2 does, by turns, with times and values as real ones. */
function log(): Buffer {
  const plugin = new ProtoMessage().message(1, new ProtoMessage().text(1, 'scalars'))
  const records = Array.from({ length: events }, (_, step) => {
    const value = new ProtoMessage()
    if (step % 2 === 0) value.text(1, 'loss').float(2, 1 / step)
    else {
      const content = Buffer.alloc(4)
      content.writeFloatLE(1 / step)
      const tensor = new ProtoMessage().integer(1, floatType).message(2, new ProtoMessage()).bytes(4, content)
      value.text(1, 'epoch_loss').message(9, plugin).message(8, tensor)
    }
    const summary = new ProtoMessage().message(1, value)
    const time = 1.6e9 + step / 7
    return framedRecord(
      new ProtoMessage()
        .double(1, time)
        .integer(2, 100 * step)
        .message(5, summary)
        .toBytes(),
    )
  })
  return Buffer.concat(records)
}
