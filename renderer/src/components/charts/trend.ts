/** The line of least squares through points, and the share of y's variance that it explains; null where there is none. */
export function trendOf(
  points: readonly { x: number; y: number }[],
): { at: (x: number) => number; fit: number } | null {
  const mean = (read: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + read(point), 0) / points.length
  if (points.length < 3) return null
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)]
  const xx = mean(({ x }) => (x - meanX) ** 2)
  const yy = mean(({ y }) => (y - meanY) ** 2)
  const xy = mean(({ x, y }) => (x - meanX) * (y - meanY))
  if (xx === 0 || yy === 0) return null
  return { at: (x) => meanY + (xy / xx) * (x - meanX), fit: xy ** 2 / (xx * yy) }
}
