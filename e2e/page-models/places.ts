import type { Page } from '@playwright/test'

export const places = ['Read', 'Data', 'Runs', 'Models', 'Serve', 'Settings'] as const
export type Place = (typeof places)[number]

/** Goes to one of the window's places by its navigation, and waits until it is shown. */
export async function goTo(page: Page, place: Place): Promise<void> {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place }).click()
  await page.getByRole('heading', { name: place, level: 1 }).waitFor()
}
