import { ProtoReader } from '../../domain/protobuf.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import { runSummaryTag } from '../run-words.ts'
import { artifactPath } from './artifact-path.ts'
import { readTensor, type Tensor } from './tensor.ts'

/** A line of a JSON file that a run gets for what is no scalar, picture or sound. */
type LogLine = Record<string, unknown>

interface SummaryValue {
  tag: string
  step: number
  /** ms */
  time: number
}

const picture = /^\x89PNG|^\xff\xd8\xff|^GIF8/

function extensionOf(content: Buffer): string {
  const head = content.toString('latin1', 0, 4)
  if (head.startsWith('GIF8')) return 'gif'
  if (head.startsWith('RIFF')) return 'wav'
  return picture.test(head) ? (head.startsWith('\x89PNG') ? 'png' : 'jpg') : 'bin'
}

const status = ['FINISHED', 'FINISHED', 'FAILED', 'RUNNING'] as const

/**
 * What the events of one run hold, gathered event by event. Messages as in TensorFlow's event.proto and summary.proto;
 * a summary's kind is that of its plugin, which only the first value of a tag names.
 */
export class EventReader {
  readonly series = new Map<string, SeriesBuilder>()
  /** Lines of `text/<tag>.jsonl`, `histograms/...`, `tensors/...`. */
  readonly lines = new Map<string, LogLine[]>()
  readonly params: Record<string, string> = {}
  readonly tags: Record<string, string> = {}
  /** Pictures, sounds and the graph. */
  readonly files: { path: string; content: Buffer }[] = []
  /** JSON of the run, in a log that was written here. */
  exported: string | undefined
  firstTime: number | null = null
  lastTime: number | null = null
  status: (typeof status)[number] | undefined
  private readonly plugins = new Map<string, string>()
  private readonly eventReader = new ProtoReader(Buffer.alloc(0))
  private readonly summaryReader = new ProtoReader(Buffer.alloc(0))
  private readonly valueReader = new ProtoReader(Buffer.alloc(0))
  private readonly lastTag = { bytes: Buffer.alloc(0), text: '' }

  /** @throws RangeError where the message is damaged */
  read(bytes: Buffer, start: number, end: number): void {
    const event = this.eventReader.reset(bytes, start, end)
    let seconds = 0
    let step = 0
    while (event.next()) {
      if (event.field === 1) seconds = event.double()
      else if (event.field === 2) step = event.int()
      else if (event.field === 4) this.keep('graph.pb', event.buffer())
      // The time and step of an event stand before its summary.
      else if (event.field === 5)
        this.summary(event.messageIn(this.summaryReader), step, Math.round(seconds * 1_000))
      else event.skip()
    }
    const time = Math.round(seconds * 1_000)
    if (time === 0) return
    if (this.firstTime === null || time < this.firstTime) this.firstTime = time
    if (this.lastTime === null || time > this.lastTime) this.lastTime = time
  }

  private summary(summary: ProtoReader, step: number, time: number): void {
    while (summary.next()) {
      if (summary.field === 1) this.value(summary.messageIn(this.valueReader), step, time)
      else summary.skip()
    }
  }

  private value(reader: ProtoReader, step: number, time: number): void {
    const value: SummaryValue = { tag: '', step, time }
    let scalar: number | undefined
    let [tensor, image, audio, histogram]: (ProtoReader | undefined)[] = []
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          value.tag = reader.textLike(this.lastTag)
          break
        case 2:
          scalar = reader.float()
          break
        case 4:
          image = reader.message()
          break
        case 5:
          histogram = reader.message()
          break
        case 6:
          audio = reader.message()
          break
        case 8:
          tensor = reader.message()
          break
        case 9:
          this.metadata(value.tag, reader.message())
          break
        default:
          reader.skip()
      }
    }
    if (scalar !== undefined) this.point(value, scalar)
    if (image) this.encoded(value, 'images', image)
    if (audio) this.encoded(value, 'audio', audio)
    if (histogram) this.line('histograms', value, oldHistogram(histogram))
    if (tensor) this.tensor(value, readTensor(tensor))
  }

  private metadata(tag: string, metadata: ProtoReader): void {
    while (metadata.next()) {
      if (metadata.field !== 1) {
        metadata.skip()
        continue
      }
      const plugin = metadata.message()
      let name = ''
      let content: Buffer | undefined
      while (plugin.next()) {
        if (plugin.field === 1) name = plugin.text()
        else if (plugin.field === 2) content = plugin.buffer()
        else plugin.skip()
      }
      if (name !== '') this.plugins.set(tag, name)
      if (name === 'hparams' && content) this.hparams(new ProtoReader(content))
    }
  }

  private hparams(data: ProtoReader): void {
    while (data.next()) {
      if (data.field === 3) {
        const start = data.message()
        while (start.next()) {
          if (start.field === 1) this.hparam(start.message())
          else if (start.field === 4) this.tags['tensorboard.group'] = start.text()
          else start.skip()
        }
      } else if (data.field === 4) {
        const end = data.message()
        while (end.next()) {
          if (end.field === 1) this.status = status[end.uint()]
          else end.skip()
        }
      } else data.skip()
    }
  }

  private hparam(entry: ProtoReader): void {
    let [key, text] = ['', '']
    while (entry.next()) {
      if (entry.field === 1) key = entry.text()
      else if (entry.field === 2) text = parameterText(entry.message())
      else entry.skip()
    }
    if (key !== '') this.params[key] = text
  }

  private point({ tag, step, time }: SummaryValue, value: number): void {
    let series = this.series.get(tag)
    if (!series) {
      series = new SeriesBuilder()
      this.series.set(tag, series)
    }
    series.add(step, value, time)
  }

  private encoded(value: SummaryValue, folder: string, message: ProtoReader): void {
    while (message.next()) {
      if (message.field === 4) this.media(value, folder, message.buffer(), '')
      else message.skip()
    }
  }

  private media({ tag, step }: SummaryValue, folder: string, content: Buffer, ordinal: string): void {
    const name = `${String(step).padStart(8, '0')}${ordinal}.${extensionOf(content)}`
    this.keep(artifactPath(folder, tag, name), content)
  }

  private keep(path: string, content: Buffer): void {
    this.files.push({ path, content: Buffer.from(content) })
  }

  private line(folder: string, { tag, step, time }: SummaryValue, content: LogLine): void {
    const path = `${artifactPath(folder, tag)}.jsonl`
    const lines = this.lines.get(path)
    if (lines) lines.push({ step, time, ...content })
    else this.lines.set(path, [{ step, time, ...content }])
  }

  private tensor(value: SummaryValue, { numbers, strings, shape }: Tensor): void {
    const plugin = this.plugins.get(value.tag)
    const [number] = numbers
    if ((plugin === 'scalars' || plugin === undefined) && numbers.length === 1 && number !== undefined)
      this.point(value, number)
    else if (plugin === 'images' && strings.length > 2)
      // Width and height stand first.
      for (const [at, content] of strings.slice(2).entries())
        this.media(value, 'images', content, strings.length === 3 ? '' : `-${at}`)
    else if (plugin === 'audio')
      // Sounds and their labels take turns where there are two columns.
      for (const [at, content] of strings.entries())
        if (shape[1] !== 2 || at % 2 === 0) this.media(value, 'audio', content, `-${at}`)
        else this.line('audio', value, { label: content.toString() })
    else if (plugin === 'histograms') this.line('histograms', value, { buckets: inThrees(numbers) })
    else if (value.tag === runSummaryTag) this.exported = strings[0]?.toString()
    else if (strings.length > 0)
      this.line('text', value, {
        text: strings.length === 1 ? strings[0]?.toString() : strings.map((text) => text.toString()),
        ...(shape.length > 1 ? { shape } : {}),
      })
    else if (numbers.length > 0) this.line('tensors', value, { plugin: plugin ?? '', shape, numbers })
  }
}

/** [left, right, count] of each bucket. */
const inThrees = (numbers: number[]): number[][] =>
  Array.from({ length: Math.floor(numbers.length / 3) }, (_, at) => numbers.slice(3 * at, 3 * at + 3))

function oldHistogram(message: ProtoReader): LogLine {
  const facts: Record<number, number> = {}
  let limits: number[] = []
  let counts: number[] = []
  while (message.next()) {
    if (message.field <= 5) facts[message.field] = message.double()
    else if (message.field === 6) limits = limits.concat(message.repeated(1, (one) => one.double()))
    else if (message.field === 7) counts = counts.concat(message.repeated(1, (one) => one.double()))
    else message.skip()
  }
  const { 1: min, 2: max, 3: count, 4: sum, 5: sumOfSquares } = facts
  const buckets = counts.map((bucket, at) => [limits[at - 1] ?? min ?? null, limits[at] ?? null, bucket])
  return { min, max, count, sum, sumOfSquares, buckets }
}

/** google.protobuf.Value as the text of a param. */
function parameterText(value: ProtoReader): string {
  let text = ''
  while (value.next()) {
    if (value.field === 2) text = String(value.double())
    else if (value.field === 3) text = value.text()
    else if (value.field === 4) text = value.uint() === 0 ? 'false' : 'true'
    else value.skip()
  }
  return text
}
