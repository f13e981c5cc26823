/** Colours, moves of the cursor and titles of windows, as terminals understand them (ECMA-48, and OSC of xterm). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_]|[ -/]+[0-~])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of them shows nothing
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g

/** A line as a terminal shows it in the end: without colours; of a progress bar what was drawn last. */
export function plainLine(text: string): string {
  const plain = text.replace(escapes, '').replace(/\r+$/, '')
  return plain.slice(plain.lastIndexOf('\r') + 1).replace(controls, '')
}

export interface ConsoleLines {
  lines: readonly string[]
  /** The last line has no end yet: what comes next goes on with it. */
  open: string
}

/** Text that came in parts, as lines. */
export function withMore({ lines, open }: ConsoleLines, text: string): ConsoleLines {
  const parts = (open + text).split('\n')
  const rest = parts.pop() ?? ''
  return { lines: [...lines, ...parts.map(plainLine)], open: rest }
}
