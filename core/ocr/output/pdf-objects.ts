import { promisify } from 'node:util'
import { deflate } from 'node:zlib'

/** A string of text for a PDF dictionary: UTF-16 with its mark, in hexadecimal. */
export const pdfText = (text: string): string => {
  const units = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  )
  return `<feff${units.join('')}>`
}

/** A number as PDF has it: no exponent. */
export const pdfNumber = (value: number): string => String(Number(value.toFixed(4)))

const deflated = promisify(deflate)

/**
 * Writes the objects of a PDF file one after the other (ISO 32000-1, 7.5), so that no more than one page lies in memory.
 * Each method returns the bytes that come next.
 */
export class PdfObjects {
  private readonly offsets: number[] = []
  private length = 0

  private emit(...parts: (string | Uint8Array)[]): Buffer {
    const bytes = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
    )
    this.length += bytes.length
    return bytes
  }

  /** The number of an object that is written later. */
  reserve(): number {
    return this.offsets.push(-1)
  }

  header(): Buffer {
    // Four bytes above 127 tell transfer programs that the file is binary.
    return this.emit('%PDF-1.5\n%', Uint8Array.of(0xe2, 0xe3, 0xcf, 0xd3), '\n')
  }

  object(id: number, body: string): Buffer {
    this.offsets[id - 1] = this.length
    return this.emit(`${id} 0 obj\n${body}\nendobj\n`)
  }

  /** A stream of bytes as they are; `entries` say how they are coded. */
  stream(id: number, entries: string, bytes: Uint8Array): Buffer {
    this.offsets[id - 1] = this.length
    return this.emit(
      `${id} 0 obj\n<< ${entries} /Length ${bytes.length} >>\nstream\n`,
      bytes,
      '\nendstream\nendobj\n',
    )
  }

  async deflatedStream(id: number, entries: string, bytes: string | Uint8Array): Promise<Buffer> {
    const packed = await deflated(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this.stream(id, `${entries} /Filter /FlateDecode`, packed)
  }

  end(rootId: number, infoId: number): Buffer {
    const start = this.length
    const rows = this.offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
    return this.emit(
      `xref\n0 ${rows.length + 1}\n0000000000 65535 f \n${rows.join('')}`,
      `trailer\n<< /Size ${rows.length + 1} /Root ${rootId} 0 R /Info ${infoId} 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    )
  }
}
