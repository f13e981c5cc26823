/** The scheme and origin of the window's page; a standard, secure origin of its own. */
export const scheme = 'glyphlab'
export const host = 'app'
export const origin = `${scheme}://${host}`

/** Whether an address belongs to the window's own page. */
export function isOwnAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return url.protocol === `${scheme}:` && url.host === host
}
