import type { Box } from '../../contract/index.ts'
import { escapeXml } from '../../domain/xml-text.ts'
import { areasOf, type OutputLine, wholePixels } from './layout.ts'
import { type FileFormat, type OutputOptions, type OutputPage, type OutputWord, readBy } from './output.ts'

const namespace = 'http://www.loc.gov/standards/alto/ns-v4#'

const place = (box: Box): string => {
  const { x0, y0, x1, y1 } = wholePixels(box)
  return `HPOS="${x0}" VPOS="${y0}" WIDTH="${x1 - x0}" HEIGHT="${y1 - y0}"`
}

/** `CS`: a person has corrected it; then ALTERNATIVE is what was read. */
function string({ text, read, confidence, box }: OutputWord, id: string): string {
  const start = `<String ID="${id}" ${place(box)} WC="${Number(confidence.toFixed(4))}" CONTENT="${escapeXml(text)}"`
  return read === null
    ? `${start}/>`
    : `${start} CS="true"><ALTERNATIVE PURPOSE="as read">${escapeXml(read)}</ALTERNATIVE></String>`
}

/** The gap between two words; none where they meet or the line runs the other way. */
function space(before: OutputWord, after: OutputWord): string {
  const [from, to] = [wholePixels(before.box), wholePixels(after.box)]
  return to.x0 > from.x1 ? `<SP HPOS="${from.x1}" VPOS="${from.y0}" WIDTH="${to.x0 - from.x1}"/>` : '<SP/>'
}

function textLine({ words, box }: OutputLine, id: string): string {
  const parts = words.map((word, at) => {
    const before = words[at - 1]
    return `${before ? space(before, word) : ''}${string(word, `${id}_w${at + 1}`)}`
  })
  return `          <TextLine ID="${id}" ${place(box)}>${parts.join('')}</TextLine>\n`
}

function document(page: OutputPage, { app, created }: OutputOptions): string {
  const textBlock = (lines: readonly OutputLine[], box: Box, id: string) =>
    `        <TextBlock ID="${id}" ${place(box)}>
${lines.map((line, lineAt) => textLine(line, `${id}_l${lineAt + 1}`)).join('')}        </TextBlock>
`
  const blocks = areasOf(page).map(({ blocks: own, box, table }, at) => {
    const id = `b${at + 1}`
    if (table === null)
      return textBlock(
        own.flatMap(({ lines }) => lines),
        box,
        id,
      )
    const cells = table.cells.map((cell) =>
      textBlock(cell.lines, cell.box, `${id}_r${cell.row + 1}c${cell.column + 1}`),
    )
    return `        <ComposedBlock ID="${id}" TYPE="table" ${place(box)}>
${cells.join('')}        </ComposedBlock>
`
  })
  const [name, version] = [app.slice(0, app.lastIndexOf(' ')), app.slice(app.lastIndexOf(' ') + 1)]
  return `<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="${namespace} http://www.loc.gov/standards/alto/v4/alto-4-3.xsd">
  <Description>
    <MeasurementUnit>pixel</MeasurementUnit>
    <sourceImageInformation><fileName>${escapeXml(page.pictureName)}</fileName></sourceImageInformation>
    <Processing ID="read">
      <processingDateTime>${created.toISOString()}</processingDateTime>
      <processingStepDescription>text recognition</processingStepDescription>
      <processingStepSettings>${escapeXml(readBy(page))}</processingStepSettings>
      <processingSoftware><softwareName>${escapeXml(name)}</softwareName><softwareVersion>${escapeXml(version)}</softwareVersion></processingSoftware>
    </Processing>
  </Description>
  <Layout>
    <Page ID="p1" PHYSICAL_IMG_NR="1" WIDTH="${page.width}" HEIGHT="${page.height}">
      <PrintSpace HPOS="0" VPOS="0" WIDTH="${page.width}" HEIGHT="${page.height}">
${blocks.join('')}      </PrintSpace>
    </Page>
  </Layout>
</alto>
`
}

/** ALTO 4 (https://www.loc.gov/standards/alto/). It names one picture, so that it holds one page. */
export const alto: FileFormat = {
  kind: 'file',
  id: 'alto',
  title: 'ALTO 4',
  description: 'The libraries’ XML: blocks, lines and words with boxes and confidences.',
  extension: 'xml',
  combines: false,
  textual: true,
  besidePicture: true,

  async *write(pages, options) {
    for await (const page of pages) yield document(page, options)
  },
}
