/**
 * Okabe and Ito's colour-blind-safe set, each darkened or lightened where it would be fainter than 3:1 on the light or
 * the dark ground. Written for CSS, so that the same line is right in both.
 */
const okabeIto = [
  'light-dark(#0072b2, #4aa8e0)',
  'light-dark(#d55e00, #ff8f45)',
  'light-dark(#00845f, #2cc79b)',
  'light-dark(#b0507f, #dd9bbf)',
  'light-dark(#a86f00, #f0b030)',
  'light-dark(#2c88c0, #8ccdf2)',
  'light-dark(#7a7200, #f0e442)',
]

const goldenAngle = 137.508

/** The colour of the `place`-th run that was ever shown: the set first, then hues far from their neighbours. */
export function colourOfPlace(place: number): string {
  const fromSet = okabeIto[place]
  if (fromSet) return fromSet
  const hue = Math.round(((place - okabeIto.length) * goldenAngle + 20) % 360)
  return `light-dark(hsl(${hue} 65% 36%), hsl(${hue} 65% 68%))`
}

const rememberAtMost = 5_000
/** A long list gives out many colours at once: they are stored together. */
const storeAfterMs = 300

function readPlaces(storageKey: string): Map<string, number> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    if (Array.isArray(kept)) return new Map(kept.map((id, place) => [String(id), place]))
  } catch {
    // Unreadable or forbidden storage: colours start anew.
  }
  return new Map()
}

/** Gives each name a colour, the same in every view and after a restart. */
function rememberedColours(storageKey: string): (name: string) => string {
  let places: Map<string, number> | undefined
  let waiting = false
  const store = () => {
    waiting = false
    try {
      localStorage.setItem(storageKey, JSON.stringify([...(places?.keys() ?? [])].slice(0, rememberAtMost)))
    } catch {
      // Forbidden or full storage: colours last until the window closes.
    }
  }
  return (name) => {
    places ??= readPlaces(storageKey)
    const known = places.get(name)
    if (known !== undefined) return colourOfPlace(known)
    const place = places.size
    places.set(name, place)
    if (place < rememberAtMost && !waiting) {
      waiting = true
      setTimeout(store, storeAfterMs)
    }
    return colourOfPlace(place)
  }
}

/** A run's colour, by its id. */
export const runColour = rememberedColours('glyphlab.run-colours')

const leastContrast = 3
/** Relative luminances of the light and the dark ground. */
const grounds = { light: 1, dark: 0.009 }

/** WCAG's relative luminance of red, green and blue, each from 0 to 255. */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The colour, mixed with black or white until it stands out from the ground. */
function against(channels: readonly number[], ground: number, towards: number): string {
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = channels.map((channel) => Math.round(channel + (towards - channel) * part))
    const [bright, dim] = [luminance(mixed), ground].sort((a, b) => b - a)
    if (((bright ?? 0) + 0.05) / ((dim ?? 0) + 0.05) >= leastContrast)
      return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
  }
  return towards === 0 ? '#000000' : '#ffffff'
}

/** A colour that a person chose (`#rrggbb`), darker on the light and lighter on the dark ground where it is too faint. */
export function legibleColour(hex: string): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  return `light-dark(${against(channels, grounds.light, 0)}, ${against(channels, grounds.dark, 255)})`
}

/** The colour of a class on pictures, by its name. */
export const classColour = rememberedColours('glyphlab.class-colours')

/** Colours of the curves of one run, by the part of the data they are measured on. */
export const subsetColours: Record<string, string> = {
  train: colourOfPlace(0),
  validation: colourOfPlace(1),
  test: colourOfPlace(2),
}
