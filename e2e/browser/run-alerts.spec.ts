import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('a run that breaks a rule is told of, marked in the table, and says so on its page, beside how busy the machine was', async ({
  page,

  capture,
}) => {
  await page.goto(new URL('/runs', page.url()).href)
  const { id } = await callEngine(page, 'runs.create', { name: 'night' })
  await callEngine(page, 'runs.monitor', { runId: id })
  await callEngine(page, 'runs.addAlertRule', {
    experiment: 'Default',
    kind: 'above',
    bound: 2.5,
    metric: 'loss',
  })
  const losses = [1, 2, 5, 1]
  await callEngine(page, 'runs.log', {
    runId: id,
    metrics: losses.map((value, step) => ({ key: 'loss', value, step, timestamp: Date.now() })),
  })
  const told = page.getByRole('alert').filter({ hasText: 'night: loss is 5 at step 2, above 2.5.' })
  await expect(told).toBeVisible()
  await expect(page.getByRole('img', { name: '1 alert' })).toBeVisible()
  await expect(page.getByRole('columnheader', { name: /system/ })).toHaveCount(0)
  await capture('alert-in-table')
  await told.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('list', { name: 'Alerts' })).toContainText('loss is 5 at step 2, above 2.5.')
  const system = page.getByRole('region', { name: 'System' })
  await expect(system.getByText('CPU utilization, %')).toBeVisible({ timeout: 15_000 })
  await expect(page.getByRole('row', { name: /system/ })).toHaveCount(0)
  await expectAccessible(page)
  await capture('alert-on-page')
  await system.scrollIntoViewIfNeeded()
  await capture('system')
})
