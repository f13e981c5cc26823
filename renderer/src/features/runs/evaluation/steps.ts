interface Curve {
  x: readonly number[]
  y: readonly number[]
}

/**
 * A curve of precision over recall as it is meant: between two points the precision is that of the right one, for a
 * threshold between them finds the same samples. The area below is the average precision; straight lines promise more.
 */
export function asSteps({ x, y }: Curve): { x: number[]; y: number[] } {
  const steps = { x: x.slice(0, 1), y: y.slice(0, 1) }
  for (let at = 1; at < x.length; at++) {
    const [before, here, precision] = [x[at - 1] as number, x[at] as number, y[at] as number]
    // Alarms alone find nothing more: the best precision of a recall is what counts.
    if (here === before) continue
    if (steps.y.at(-1) !== precision) {
      steps.x.push(before)
      steps.y.push(precision)
    }
    steps.x.push(here)
    steps.y.push(precision)
  }
  return steps
}
