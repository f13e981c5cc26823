import { SaxesParser } from 'saxes'
import { GlyphlabError } from '../../contract/index.ts'

/** An element with its local name: namespaces differ between versions of a format and mean nothing else here. */
export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** The text directly inside, whitespace as it stands. */
  text: string
}

const maxDepth = 256
const maxBytes = 256 * 1024 ** 2

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** The bytes as text: a byte order mark or the XML declaration names the encoding, otherwise it is UTF-8. */
export function decodeText(bytes: Buffer, name: string): string {
  const declared = /^\s*<\?xml[^>]*?encoding=["']([\w.:-]+)["']/.exec(
    bytes.subarray(0, 200).toString('latin1'),
  )
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : (declared?.[1] ?? 'utf-8')
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the text is not valid ${encoding}. Save it as UTF-8.`,
    )
  }
}

/**
 * Parses XML strictly. Document type declarations are passed over: no entity of their own is expanded, no file fetched.
 * @throws GlyphlabError UNREADABLE_FILE, naming the file and the place.
 */
export function parseXml(bytes: Buffer, name: string): XmlElement {
  if (bytes.length > maxBytes)
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: larger than 256 MB. Split it into a file for each page.`,
    )
  const document: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open: XmlElement[] = [document]
  const parser = new SaxesParser()
  const addText = (text: string) => {
    const parent = open.at(-1)
    if (parent) parent.text += text
  }
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (open.length > maxDepth) throw new Error(`more than ${maxDepth} elements inside one another`)
    const element: XmlElement = {
      name: localName(tag),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [localName(key), String(value)]),
      ),
      children: [],
      text: '',
    }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => open.pop())
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('error', (cause) => {
    throw cause
  })
  try {
    parser.write(decodeText(bytes, name)).close()
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: not well-formed XML (line ${parser.line}: ${reason}).`,
    )
  }
  const root = document.children[0]
  if (!root) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file holds no XML element.`)
  return root
}

/** The first child with this name. */
export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name)

export const childrenOf = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((one) => one.name === name) ?? []

/** The trimmed text of the first child with this name; undefined where there is none. */
export const childText = (element: XmlElement | undefined, name: string): string | undefined =>
  child(element, name)?.text.trim()

/** Every element below with this name, in document order. */
export function* descendants(element: XmlElement, name: string): Generator<XmlElement> {
  for (const one of element.children) {
    if (one.name === name) yield one
    yield* descendants(one, name)
  }
}
