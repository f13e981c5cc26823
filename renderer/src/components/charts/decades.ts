/** Whether numbers lie over two powers of ten and more, as learning rates do: they are read on a logarithmic axis. */
export function spansDecades(values: readonly number[]): boolean {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  return finite.length > 0 && low > 0 && Math.max(...finite) / low >= 100
}
