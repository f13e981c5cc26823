import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { goTo, places } from '../page-models/places.ts'

for (const place of places) {
  test(`${place}, at a first start, is accessible in light and in dark`, async ({ page, capture }) => {
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await goTo(page, place)
    await capture(`empty-${place.toLowerCase()}`)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible(page)
    }
    expect(problems).toEqual([])
  })
}
