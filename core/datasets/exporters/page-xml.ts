import type { LabelledBox } from '../../contract/index.ts'
import { escapeXml } from '../../domain/xml-text.ts'
import type { ExportSample } from '../export-messages.ts'
import { baseOf, stemOf } from '../formats/file-index.ts'
import { counted } from '../formats/notes.ts'
import type { Exporter } from './exporter.ts'
import { losses } from './losses.ts'
import { safePaths } from './safe-names.ts'

const namespace = 'http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15'

const points = ({ x0, y0, x1, y1 }: Pick<LabelledBox, 'x0' | 'y0' | 'x1' | 'y1'>): string =>
  `${x0},${y0} ${x1},${y0} ${x1},${y1} ${x0},${y1}`

/** Line breaks and the like would end the value of `custom`: they are written as Transkribus does. */
const customText = (label: string): string =>
  label.replace(/[^\p{L}\p{N}_-]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )

function textLine({ label, text, ...box }: LabelledBox, index: number): string {
  const custom = `readingOrder {index:${index};}${label === '' ? '' : ` structure {type:${customText(label)};}`}`
  const equiv = text === null ? '' : `<TextEquiv><Unicode>${escapeXml(text)}</Unicode></TextEquiv>`
  return `      <TextLine id="l${index + 1}" custom="${escapeXml(custom)}"><Coords points="${points(box)}"/>${equiv}</TextLine>\n`
}

/** Its boxes as lines; a picture that is itself a line becomes the one line of its page. */
function linesOf({ boxes, text, width, height }: ExportSample): LabelledBox[] {
  if (boxes.length > 0 || text === null) return boxes
  return [{ x0: 0, y0: 0, x1: width, y1: height, label: '', text }]
}

function page(sample: ExportSample, path: string, creator: string): string {
  const { width, height } = sample
  const lines = linesOf(sample)
  const region =
    lines.length === 0
      ? ''
      : `    <TextRegion id="r1"><Coords points="${points({ x0: 0, y0: 0, x1: width, y1: height })}"/>
${lines.map(textLine).join('')}    </TextRegion>
`
  const now = new Date().toISOString().slice(0, 19)
  return `<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="${namespace} ${namespace}/pagecontent.xsd">
  <Metadata><Creator>${escapeXml(creator)}</Creator><Created>${now}</Created><LastChange>${now}</LastChange></Metadata>
  <Page imageFilename="${escapeXml(baseOf(path))}" imageWidth="${width}" imageHeight="${height}">
${region}  </Page>
</PcGts>
`
}

export const pageXml: Exporter = {
  id: 'page-xml',
  title: 'PAGE XML with the pictures',
  description: 'Each picture with a PAGE XML file (2019-07-15) beside it; boxes are its text lines.',

  async write({ samples, writer, version }) {
    const { paths, warnings } = safePaths(
      samples.map(({ path }) => path),
      { byStem: true },
    )
    for (const [index, sample] of samples.entries()) {
      const path = paths[index] ?? ''
      await writer.picture(path, sample)
      await writer.file(
        `${stemOf(path)}.xml`,
        page(sample, path, `Glyphlab, ${version.name} v${version.number}`),
      )
    }
    const whole = samples.filter(({ boxes, text }) => boxes.length === 0 && text !== null).length
    const parts = samples.reduce(
      (sum, { boxes }) =>
        sum + boxes.filter(({ x0, y0, x1, y1 }) => ![x0, y0, x1, y1].every(Number.isInteger)).length,
      0,
    )
    return [
      ...warnings,
      ...(whole > 0
        ? [
            `The ${counted(whole, 'transcription')} of whole pictures became a text line over the picture: imported again it is a box.`,
          ]
        : []),
      ...(parts > 0
        ? [
            `${counted(parts, 'box', 'boxes')} ${parts === 1 ? 'lies' : 'lie'} between whole pixels, which the schema of PAGE does not foresee.`,
          ]
        : []),
      ...losses(
        samples.map((sample) => (sample.boxes.length > 0 ? sample : { ...sample, text: null })),
        ['label', 'text', 'value', 'group', 'subset'],
      ),
    ]
  },
}
