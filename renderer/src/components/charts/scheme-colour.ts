/** A canvas knows no `light-dark()`: the colour that it means in one of both. */
export function schemeColour(colour: string, scheme: 'light' | 'dark'): string {
  const [, light, dark] = /^light-dark\((.+), (.+)\)$/.exec(colour) ?? []
  if (light === undefined || dark === undefined) return colour
  return scheme === 'dark' ? dark : light
}
