export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Before what Python writes and JSON does not know: NaN and the infinities. */
export const notFiniteMark = '\u0000'

const notJson = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g

/** @throws SyntaxError */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    if (!/\b(?:NaN|Infinity)\b/.test(text)) throw cause
    const marked = text.replace(notJson, (token) =>
      token.startsWith('"') ? token : JSON.stringify(notFiniteMark + token),
    )
    return JSON.parse(marked) as Json
  }
}

/**
 * The beginning of a JSON text, cut after the last value that is whole and closed again.
 * @returns '' when no value of it is whole
 */
export function closedJson(text: string): string {
  const open: ('}' | ']')[] = []
  let isString = false
  let [cut, depth] = [0, 0]
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at)
    if (isString) {
      if (sign === 92) at += 1
      else if (sign === 34) isString = false
      continue
    }
    switch (sign) {
      case 34: // "
        isString = true
        break
      case 123: // {
      case 91: // [
        open.push(sign === 123 ? '}' : ']')
        // Empty is whole too.
        cut = at + 1
        depth = open.length
        break
      case 125: // }
      case 93: // ]
        open.pop()
        cut = at + 1
        depth = open.length
        break
      case 44: // ,
        cut = at
        depth = open.length
    }
  }
  return text.slice(0, cut) + open.slice(0, depth).reverse().join('')
}

/** @param isCut the text is only the beginning of a file @throws SyntaxError */
export const readJson = (text: string, isCut: boolean): Json => parse(isCut ? closedJson(text) : text)

/** As it stood in the file, but for the white space. */
export const jsonText = (value: Json): string =>
  JSON.stringify(value).replace(/"\\u0000(NaN|-?Infinity)"/g, '$1')
