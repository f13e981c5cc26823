import { expect } from '@playwright/test'
import { openInBrowser, temporaryHome } from '../app.ts'
import { test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'

test('an MLflow server gets the runs of an experiment after a yes, and no more when it is stopped', async ({
  page,
  capture,
}) => {
  await using home = await temporaryHome()
  const server = await openInBrowser(home.path)
  try {
    const { url } = await callEngine(server.page, 'tracking.serveMlflow', { action: 'start', port: 0 })
    const host = new URL(url ?? '').host
    const there = async () => (await callEngine(server.page, 'runs.list', {})).items.map(({ name }) => name)
    await callEngine(page, 'runs.create', { name: 'first 🌙', experiment: 'nightly digits' })
    await callEngine(page, 'runs.create', { name: 'private' })

    await goTo(page, 'Settings')
    const form = page.getByRole('form', { name: 'New MLflow server' })
    await form.getByRole('textbox', { name: 'Server' }).fill('http://127.0.0.1:9')
    await form.getByRole('button', { name: 'Test connection' }).click()
    await expect(form.getByRole('alert')).toContainText('http://127.0.0.1:9 does not answer')
    await form.getByRole('textbox', { name: 'Server' }).fill(url ?? '')
    await form.getByRole('button', { name: 'Test connection' }).click()
    await expect(form.getByRole('status')).toContainText('No run was sent')
    await form.getByRole('combobox', { name: 'Experiments to send' }).click()
    await page.getByRole('option', { name: 'nightly digits' }).click()
    await page.keyboard.press('Escape')
    await form.getByText('User and password').click()
    await form.getByRole('textbox', { name: 'User name' }).fill('ada')
    await form.getByRole('textbox', { name: 'Password' }).fill('secret')
    await form.scrollIntoViewIfNeeded()
    await capture('settings-sync-form')
    await expectAccessible(page)

    await form.getByRole('button', { name: 'Send runs' }).click()
    const question = page.getByRole('dialog', { name: `Send runs to ${host}?` })
    await expect(question).toContainText('1 run of 1 experiment')
    await capture('settings-sync-question')
    await question.getByRole('button', { name: 'Cancel' }).click()
    expect(await there()).toEqual([])
    await form.getByRole('button', { name: 'Send runs' }).click()
    await question.getByRole('button', { name: 'Send', exact: true }).click()
    const row = page.getByRole('table', { name: 'MLflow servers' }).getByRole('row').nth(1)
    await expect(row).toContainText('with user and password')
    await expect(row.getByRole('cell').nth(2)).toHaveText('1')
    await expect.poll(there).toEqual(['first 🌙'])
    await expect(form.getByRole('textbox', { name: 'Server' })).toHaveValue('')

    await callEngine(server.page, 'tracking.serveMlflow', { action: 'stop' })
    await callEngine(page, 'runs.create', { name: 'second', experiment: 'nightly digits' })
    await page.getByRole('button', { name: `Send now: nightly digits to ${host}` }).click()
    await expect(row).toContainText('does not answer')
    await row.scrollIntoViewIfNeeded()
    await capture('settings-syncs')
    await expectAccessible(page)
    await callEngine(server.page, 'tracking.serveMlflow', {
      action: 'start',
      port: Number(new URL(url ?? '').port),
    })
    await page.getByRole('button', { name: `Send now: nightly digits to ${host}` }).click()
    await expect.poll(there).toContain('second')
    await expect(row).not.toContainText('does not answer')
    await page.getByRole('button', { name: `Stop sending nightly digits to ${host}` }).click()
    await expect(page.getByRole('table', { name: 'MLflow servers' })).toBeHidden()
  } finally {
    await server.close()
  }
})
