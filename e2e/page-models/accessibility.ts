import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Fails with the rule and the element when axe finds something serious or critical on the page. */
export async function expectAccessible(page: Page): Promise<void> {
  // Legacy mode opens no second page, which Electron would refuse.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => ({
      id,
      elements: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
    }))
  expect(serious).toEqual([])
}
