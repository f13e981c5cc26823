import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, type Page } from '@playwright/test'
import { root } from '../build/paths.ts'
import { test } from './fixtures.ts'

const word = path.join(root, 'data', 'ocr', 'simple.png')

/** Gives the window a picture as the system does, in a `drop` or a `paste`. */
function give(page: Page, kind: 'drop' | 'paste', name: string, bytes: Buffer): Promise<void> {
  return page.evaluate(
    ([event, fileName, base64]) => {
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([content], fileName, { type: 'image/png' }))
      window.dispatchEvent(
        event === 'drop'
          ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
      )
    },
    [kind, name, bytes.toString('base64')] as const,
  )
}

/** Once the window has said what it would do, and has the focus on it. */
async function pressEnter(page: Page): Promise<void> {
  const offer = page.getByRole('dialog').getByRole('button', { name: /^Read/ })
  await expect(offer.and(page.locator(':focus'))).toBeVisible()
  await page.keyboard.press('Enter')
}

/** The same in both shells: what is dropped or pasted is read on Enter, and a bad picture fails alone, by name. */
export function dropTests(): void {
  for (const kind of ['drop', 'paste'] as const) {
    test(`a picture is read after a ${kind}, on Enter`, async ({ page }) => {
      await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
      await give(page, kind, 'ein Wort 🔥.png', readFileSync(word))
      await pressEnter(page)
      const text = page.getByRole('listbox', { name: 'Text of ein Wort 🔥.png' })
      await expect(text.getByRole('option')).toHaveText(['Tesseract.js'], { timeout: 60_000 })
    })
  }

  test('an empty pasted picture is refused by name', async ({ page }) => {
    await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
    await give(page, 'paste', 'empty.png', Buffer.alloc(0))
    await pressEnter(page)
    await expect(
      page.getByRole('main').getByText('empty.png: the file is empty (0 bytes)').first(),
    ).toBeVisible()
  })

  test('what is no picture is refused by name, and the next one is read', async ({ page }) => {
    await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
    await give(page, 'drop', 'nothing.png', Buffer.from('these bytes are no picture'))
    await pressEnter(page)
    await expect(
      page
        .getByRole('main')
        .getByText(/nothing\.png: not a picture/)
        .first(),
    ).toBeVisible({
      timeout: 60_000,
    })
    await give(page, 'drop', 'word.png', readFileSync(word))
    await pressEnter(page)
    await expect(page.getByRole('listbox', { name: 'Text of word.png' }).getByRole('option')).toHaveText(
      ['Tesseract.js'],
      { timeout: 60_000 },
    )
  })
}
