/** Formats that no decoder here reads, by their first bytes, to be refused by name. */
const signatures: readonly { title: string; at: number; bytes: Buffer }[] = [
  { title: 'a Photoshop picture (PSD)', at: 0, bytes: Buffer.from('8BPS') },
  { title: 'a GIMP picture (XCF)', at: 0, bytes: Buffer.from('gimp xcf') },
  { title: 'a JPEG XL picture', at: 0, bytes: Buffer.from('0000000c4a584c200d0a870a', 'hex') },
  { title: 'a JPEG XL picture', at: 0, bytes: Buffer.from('ff0a', 'hex') },
  { title: 'a JPEG XR picture', at: 0, bytes: Buffer.from('4949bc01', 'hex') },
  { title: 'an icon (ICO)', at: 0, bytes: Buffer.from('00000100', 'hex') },
  { title: 'a DjVu document', at: 0, bytes: Buffer.from('AT&TFORM') },
  { title: 'a PostScript file', at: 0, bytes: Buffer.from('%!PS') },
  { title: 'an OpenEXR picture', at: 0, bytes: Buffer.from('762f3101', 'hex') },
  { title: 'a Radiance HDR picture', at: 0, bytes: Buffer.from('#?RADIANCE') },
  { title: 'a portable float map (PFM)', at: 0, bytes: Buffer.from('PF\n') },
  { title: 'a portable float map (PFM)', at: 0, bytes: Buffer.from('Pf\n') },
  { title: 'a DirectDraw surface (DDS)', at: 0, bytes: Buffer.from('DDS ') },
  { title: 'a QOI picture', at: 0, bytes: Buffer.from('qoif') },
  { title: 'a FITS picture', at: 0, bytes: Buffer.from('SIMPLE  =') },
  { title: 'a DICOM picture', at: 128, bytes: Buffer.from('DICM') },
  { title: 'a libvips picture', at: 0, bytes: Buffer.from('b6a6f208', 'hex') },
  { title: 'a libvips picture', at: 0, bytes: Buffer.from('08f2a6b6', 'hex') },
  { title: 'an enhanced metafile (EMF)', at: 40, bytes: Buffer.from(' EMF') },
  { title: 'a Windows metafile (WMF)', at: 0, bytes: Buffer.from('d7cdc69a', 'hex') },
]

/** What these bytes are, with an article, where it is a known format that can't be read; undefined otherwise. */
export const unreadFormat = (bytes: Buffer): string | undefined =>
  signatures.find(({ at, bytes: start }) => bytes.subarray(at, at + start.length).equals(start))?.title

/** Byte order mark, white space, processing instructions, comments and a document type: what stands before a root. */
const beforeRoot =
  /^(?:\u00ef\u00bb\u00bf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<![A-Za-z][^>[]*(?:\[[^\]]*\])?[^>]*>)*/s

/**
 * Whether these bytes are markup of another kind than SVG. libvips takes any XML that may be one for an SVG, and what it
 * says then can be mixed with what a picture in another thread went wrong by: the root decides here.
 */
export function isOtherMarkup(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, 65_536)
  const root = /^<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)/.exec(text.replace(beforeRoot, ''))
  return root !== null && root[1]?.toLowerCase() !== 'svg'
}
