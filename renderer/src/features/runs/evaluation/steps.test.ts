import { expect, it } from 'vitest'
import { asSteps } from './steps.ts'

it('the area below the steps is the average precision, where straight lines would promise more', () => {
  // Found in this order: right, wrong, wrong, right, right.
  const recall = [0, 1 / 3, 1 / 3, 1 / 3, 2 / 3, 1]
  const precision = [1, 1, 1 / 2, 1 / 3, 2 / 4, 3 / 5]
  const averagePrecision = (1 + 2 / 4 + 3 / 5) / 3
  const area = ({ x, y }: { x: readonly number[]; y: readonly number[] }) =>
    x.reduce((sum, here, at) => {
      const width = here - (x[at - 1] ?? 0)
      return sum + (width * ((y[at] as number) + (y[at - 1] ?? 0))) / 2
    }, 0)
  const steps = asSteps({ x: recall, y: precision })
  expect(area(steps)).toBeCloseTo(averagePrecision, 12)
  expect(area({ x: recall, y: precision })).not.toBeCloseTo(averagePrecision, 2)
  expect(steps).toEqual({
    x: [0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1],
    y: [1, 1, 2 / 4, 2 / 4, 3 / 5, 3 / 5],
  })
})

it('a curve without points stays one', () => {
  expect(asSteps({ x: [], y: [] })).toEqual({ x: [], y: [] })
})
