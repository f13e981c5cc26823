import type { Page } from '@playwright/test'

/** Drops a real file or folder onto the window, as the system does. */
export async function dropPath(page: Page, place: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {
      type,
      x: 600,
      y: 400,
      data: { items: [], files: [place], dragOperationsMask: 1 },
    })
  await session.detach()
}
