const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** CSV as RFC 4180 has it: CRLF, quotes only where needed. Numbers in full; NaN and infinities by name. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, ...rows].map((row) => `${row.map((cell) => quoted(String(cell))).join(',')}\r\n`).join('')
}
