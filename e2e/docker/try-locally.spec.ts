import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { missingFor } from '../../build/system-packages.ts'
import type { LocalDeployment, OcrReading } from '../../core/contract/index.ts'
import { openInBrowser, temporaryHome } from '../app.ts'
import { commandLine } from '../command-line.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'
import { docker } from './container.ts'

const picture = path.join(root, 'data', 'ocr', 'simple.png')
const buildMs = 120_000

async function read(address: string, key: string): Promise<{ status: number; text?: string }> {
  const body = new Uint8Array(await readFile(picture))
  const response = await fetch(`${address}/v1/ocr`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}` },
  })
  return { status: response.status, text: ((await response.json()) as OcrReading).text }
}

const containers = async (home: string) =>
  (await docker('ps', '--all', '--quiet', '--filter', `label=org.glyphlab.home=${home}`)).trim()

test('a bundle is built and run from the window, outlives the app, and is found again', async () => {
  const missing = await missingFor('browser')
  test.skip(missing !== undefined, missing ?? '')
  await using home = await temporaryHome()
  let address = ''
  let key = ''
  {
    const app = await openInBrowser(home.path)
    const { page } = app
    const form = await openForm(page)
    await expect(form.getByText(/^Docker \d+\./)).toBeVisible()
    await form.getByRole('checkbox', { name: 'Callers need an API key' }).check()
    await form.getByRole('button', { name: 'Serve', exact: true }).click()
    await expect(
      page.getByRole('progressbar', { name: 'Progress of Build and run ocr in Docker' }),
    ).toBeVisible()
    const log = page.getByRole('textbox', { name: 'Lines of the log' })
    await expect(log).toHaveValue(/Step \d+\/\d+ :|#\d+ \[/, { timeout: buildMs })
    await expect(page.getByText('Answers requests.')).toBeVisible({ timeout: buildMs })
    await expect(log).toHaveValue(/ready golden_answers=\d/)
    const link = page.getByRole('link', { name: /^http:\/\/127\.0\.0\.1:\d+\/$/ })
    address = ((await link.textContent()) ?? '').replace(/\/$/, '')
    key = (await page.getByText('API key, shown once:').locator('..').locator('code').textContent()) ?? ''
    const [tried] = await Promise.all([page.waitForEvent('popup'), link.click()])
    await tried.getByLabel('API key').waitFor()
    await tried.close()
    expect((await read(address, 'glk_wrong')).status).toBe(401)
    expect(await read(address, key)).toMatchObject({ status: 200, text: expect.stringMatching(/\w/) })
    const list = page.getByRole('list', { name: 'Servers on this machine' })
    await expect(list).toContainText('1 prediction', { timeout: 15_000 })
    const shots = path.join(root, 'artifacts', 'screenshots')
    await page.screenshot({ path: path.join(shots, 'docker-deployment-1280x800.png') })
    await app.close()
  }
  expect((await read(address, key)).status).toBe(200)

  const glyphlab = commandLine(home.path)
  const [found] = await glyphlab<LocalDeployment>('deploy', 'local')
  expect(found).toMatchObject({ id: 'ocr-1', place: 'container', state: 'ready', address })
  expect(await docker('inspect', '-f', '{{.HostConfig.ReadonlyRootfs}}', found?.container ?? '')).toContain(
    'true',
  )
  const logs = await readdir(found?.logDirectory ?? '')
  expect(logs.some((name) => name.endsWith('.jsonl'))).toBe(true)

  await docker('kill', found?.container ?? '')
  const [gone] = await glyphlab<LocalDeployment>('deploy', 'local')
  expect(gone).toMatchObject({
    state: 'failed',
    message: 'Its container ended while the app was not running.',
  })
  await glyphlab('deploy', 'stop', 'ocr-1')
  expect(await containers(home.path)).toBe('')
})

/** The form for a container, filled in; on the page of deployments. */
async function openForm(page: Page) {
  await goTo(page, 'Serve')
  await page.getByRole('navigation', { name: 'Serve' }).getByRole('link', { name: 'Deployments' }).click()
  const form = page.getByRole('form', { name: 'Serve on this machine' })
  await form.getByRole('combobox', { name: 'In', exact: true }).click()
  await page.getByRole('option', { name: /^A Docker container/ }).click()
  return form
}

/** From the drawer of jobs. */
async function startAgain(page: Page) {
  await page.getByRole('button', { name: /job/i }).first().click()
  const tray = page.getByRole('dialog', { name: 'Jobs' })
  // The newest come first: above it stands the one that was called off in the queue.
  await tray.getByRole('button', { name: 'Start again' }).last().click()
  await page.keyboard.press('Escape')
  await expect(tray).toBeHidden()
}

test('a build that is called off leaves nothing, one that fails says why, and both can start again', async () => {
  const missing = await missingFor('browser')
  test.skip(missing !== undefined, missing ?? '')
  await using home = await temporaryHome()
  const app = await openInBrowser(home.path)
  const { page } = app
  const everything = async () => ({
    containers: (await docker('ps', '--all', '--quiet')).split('\n').sort(),
    images: (await docker('images', '--quiet', 'glyphlab-tried')).split('\n').sort(),
  })
  const before = await everything()
  const shown = page.getByRole('main').locator('.deployment-line')
  await using taken = await occupiedPort()
  const form = await openForm(page)
  await form.getByRole('textbox', { name: 'Port' }).fill(String(taken.port))
  await form.getByRole('button', { name: 'Serve', exact: true }).click()
  const log = page.getByRole('textbox', { name: 'Lines of the log' })

  await test.step('called off while it waits for another', async () => {
    const { id } = await callEngine(page, 'deploy.serveLocal', { reference: 'ocr', place: 'container' })
    const waiting = async () => (await callEngine(page, 'deploy.local', {})).find((each) => each.id === id)
    await callEngine(page, 'jobs.cancel', { jobId: (await waiting())?.jobId ?? '' })
    expect(await waiting()).toMatchObject({ state: 'stopped', message: 'The build was called off.' })
    await callEngine(page, 'deploy.removeLocal', { id })
  })
  await test.step('called off while the image is built', async () => {
    await expect(log).toHaveValue(/Step \d+\/\d+ :|#\d+ \[/, { timeout: buildMs })
    await page
      .getByRole('main')
      .getByRole('button', { name: /^Cancel/ })
      .click()
    await expect(shown).toContainText('The build was called off.', { timeout: 30_000 })
    await expect(shown).toContainText('Stopped')
    // What the engine was doing ends a moment after it was told.
    await expect.poll(everything, { timeout: 20_000 }).toEqual(before)
  })
  await test.step('started again, and its port is taken', async () => {
    await startAgain(page)
    await expect(shown).toContainText('Failed', { timeout: buildMs })
    await expect(shown).toContainText(`port ${taken.port} is taken by another program; free it`)
    expect(await everything()).toEqual(before)
    await page.screenshot({
      path: path.join(root, 'artifacts', 'screenshots', 'docker-deployment-failed-1280x800.png'),
    })
  })
  await test.step('started again when the port is free', async () => {
    await taken[Symbol.asyncDispose]()
    await startAgain(page)
    await expect(shown).toContainText('Answers requests.', { timeout: buildMs })
    expect((await read(`http://127.0.0.1:${taken.port}`, '')).status).toBe(200)
    await page.getByRole('main').getByRole('button', { name: 'Stop', exact: true }).click()
    await expect(shown).toContainText('Stopped.', { timeout: 30_000 })
    await expect.poll(everything).toEqual(before)
  })
  await app.close()
})

/** A port of this machine where somebody else listens. */
async function occupiedPort() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('the command line builds a container, leaves it running, and stops it', async () => {
  await using home = await temporaryHome()
  const glyphlab = commandLine(home.path)
  const lines = await glyphlab<Partial<LocalDeployment>>('deploy', 'serve', 'ocr', '--docker', '--detach')
  const served = lines.at(-1)
  expect(served).toMatchObject({ state: 'ready', place: 'container', key: null })
  expect((await read(served?.address ?? '', '')).status).toBe(200)
  await glyphlab('deploy', 'stop', served?.id ?? '')
  await expect(read(served?.address ?? '', '')).rejects.toThrow()
  expect(await containers(home.path)).toBe('')
  await expect(docker('image', 'inspect', served?.image ?? '')).rejects.toThrow('No such image')
})
