/**
 * One perceptual ramp from low to high, like viridis but without its darkest and lightest ends, so that each colour
 * stands out by 3:1 from a white page and from the dark window.
 */
const stops = [
  [154, 85, 196],
  [84, 112, 196],
  [38, 142, 140],
  [60, 150, 84],
  [112, 142, 30],
] as const

/** The ramp's colour at 0..1, as CSS. */
export function rampColour(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const below = Math.min(Math.floor(at), stops.length - 2)
  const [from, to] = [stops[below] ?? stops[0], stops[below + 1] ?? stops[0]]
  const mixed = from.map((channel, i) => Math.round(channel + ((to[i] ?? channel) - channel) * (at - below)))
  return `rgb(${mixed.join(' ')})`
}

/** The whole ramp as a CSS gradient, for legends. */
export const rampGradient = `linear-gradient(to right, ${stops.map((stop) => `rgb(${stop.join(' ')})`).join(', ')})`
