export const colourModes = ['grey', 'colour', 'alpha', 'cmyk', '16-bit'] as const
export type ColourMode = (typeof colourModes)[number]

/** What is kept of a picture's content: it is looked at once, whatever versions it is in. */
export interface PictureMeasure {
  /** Mean grey value, 0..255. */
  brightness: number
  /** Standard deviation of the grey values, 0..127.5. */
  contrast: number
  /** Grey values that 1 % of the px lie below, and above. */
  low: number
  high: number
  mode: ColourMode
  /** Perceptual hashes of 64 bits as two words each. */
  dct: [number, number]
  gradient: [number, number]
}
