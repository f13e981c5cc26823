import { request } from 'node:http'
import { expect, test } from '../fixtures.ts'

/** A request with headers that a browser would not let a page choose. */
function statusOf(origin: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(`${origin}${path}`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', reject)
    call.end()
  })
}

test('only this machine’s own page with the token of this start gets in', async ({ app }) => {
  if (app.kind !== 'browser') throw new Error('This is about the browser shell.')
  const { origin, token } = app
  const bearer = { authorization: `Bearer ${token}` }
  expect(await statusOf(origin, '/', {})).toBe(403)
  expect(await statusOf(origin, '/events', { authorization: 'Bearer wrong' })).toBe(403)
  expect(await statusOf(origin, '/?token=wrong', {})).toBe(403)
  expect(await statusOf(origin, '/', bearer)).toBe(200)
  expect(await statusOf(origin, '/', { ...bearer, origin: 'https://example.com' })).toBe(403)
  expect(await statusOf(origin, '/', { ...bearer, origin: 'null' })).toBe(403)
  expect(await statusOf(origin, '/', { ...bearer, host: 'example.com' })).toBe(403)
  expect(
    await statusOf(origin, '/', { ...bearer, host: `rebound.example.com:${new URL(origin).port}` }),
  ).toBe(403)
})

test('the token does not stay in the address bar', async ({ page }) => {
  expect(page.url()).not.toContain('token')
})

test('the page runs no inline script', async ({ page }) => {
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.inlineRan = true'
    document.head.append(script)
    return 'inlineRan' in window
  })
  expect(ran).toBe(false)
})
