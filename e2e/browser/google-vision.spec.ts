import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'

const symbols = (text: string, type: string) =>
  [...text].map((letter, at) => ({
    text: letter,
    ...(at === text.length - 1 ? { property: { detectedBreak: { type } } } : {}),
  }))
const vertices = [
  { x: 20, y: 20 },
  { x: 200, y: 20 },
  { x: 200, y: 60 },
  { x: 20, y: 60 },
]
const words = [{ symbols: symbols('From afar', 'LINE_BREAK'), confidence: 0.9, boundingBox: { vertices } }]
const answer = {
  responses: [{ fullTextAnnotation: { pages: [{ blocks: [{ paragraphs: [{ words }] }] }] } }],
}

test('pictures go to Google Cloud Vision after a yes, with the cost shown before', async ({
  page,
  capture,
}) => {
  let asked = 0
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      asked += 1
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await page.goto(new URL('/settings', page.url()).href)
    const form = page.getByRole('form', { name: 'Google Cloud Vision' })
    await expect(form.getByRole('status')).toContainText('Nothing is sent')
    await form.getByRole('textbox', { name: 'API key' }).fill('AIza-e2e')
    await form.getByRole('textbox', { name: 'Address' }).fill(`http://${host}`)
    await form.getByRole('checkbox').check()
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form.getByRole('status')).toContainText('It can be chosen in Read')
    await expect(form.getByRole('textbox', { name: 'API key' })).toHaveValue('')
    await form.scrollIntoViewIfNeeded()
    await capture('google-vision-settings')
    await expectAccessible(page)

    await page.getByRole('link', { name: 'Read', exact: true }).click()
    await page
      .getByRole('button', { name: /samples?/i })
      .first()
      .click()
    await page.getByRole('button', { name: 'How to read' }).click({ timeout: 30_000 })
    const dialog = page.getByRole('dialog', { name: 'How pages are read' })
    await dialog.getByRole('combobox', { name: 'Engine' }).click()
    await page.getByRole('option', { name: 'Google Cloud Vision' }).click()
    await dialog.getByRole('button', { name: /again/ }).click()
    const question = page.getByRole('dialog', { name: 'Send to Google Cloud Vision?' })
    await expect(question).toContainText(`sent to ${host}`)
    await capture('google-vision-cost')
    await question.getByRole('button', { name: 'Cancel' }).click()
    expect(asked).toBe(0)
    await dialog.getByRole('button', { name: /again/ }).click()
    await question.getByRole('button', { name: 'Send and read' }).click()
    await expect(page.getByText('From afar').first()).toBeVisible({ timeout: 30_000 })
    expect(asked).toBeGreaterThan(0)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
