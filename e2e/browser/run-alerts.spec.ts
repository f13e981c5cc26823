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

test('rules are added in the window, say which runs broke them, and are removed there', async ({
  page,
  capture,
}) => {
  await page.goto(new URL('/runs', page.url()).href)
  const { id } = await callEngine(page, 'runs.create', { name: 'night', experiment: 'digits' })
  const metrics = [0.4, 5].map((value, step) => ({
    key: 'loss',
    value,
    step,
    timestamp: Date.now(),
  }))
  await callEngine(page, 'runs.log', { runId: id, metrics })
  await page.getByRole('button', { name: 'Alerts' }).click()
  const dialog = page.getByRole('dialog', { name: 'Alerts' })
  await expect(dialog.getByText('No rules yet.')).toBeVisible()
  await dialog.getByRole('combobox', { name: 'Runs of' }).click()
  await page.getByRole('option', { name: 'digits' }).click()
  await dialog.getByRole('combobox', { name: 'Metric' }).fill('loss')
  await page.getByRole('option', { name: 'loss' }).click()
  await dialog.getByRole('combobox', { name: 'Tell me when' }).click()
  await page.getByRole('option', { name: 'A metric is above' }).click()
  await expect(dialog.getByRole('button', { name: 'Add the rule' })).toBeDisabled()
  await dialog.getByRole('textbox', { name: 'Number' }).fill('2.5')
  await dialog.getByRole('button', { name: 'Add the rule' }).click()
  const rules = dialog.getByRole('list', { name: 'Rules' })
  await expect(rules).toContainText('loss is above 2.5')
  await expect(rules).toContainText('1 run')
  await dialog.getByRole('combobox', { name: 'Tell me when' }).click()
  await page.getByRole('option', { name: 'A metric gets no better' }).click()
  await dialog.getByRole('textbox', { name: 'Over how many steps' }).fill('50')
  await expect(dialog.getByRole('combobox', { name: 'Better is' })).toHaveValue('smaller')
  await dialog.getByRole('button', { name: 'Add the rule' }).click()
  await expect(rules).toContainText('loss gets no smaller over 50 steps')
  await expect(dialog.getByRole('link', { name: 'night' })).toBeVisible()
  await expectAccessible(page)
  await capture('alert-rules')
  await dialog.getByRole('button', { name: /^Remove the rule: digits, loss is above/ }).click()
  await page.getByRole('button', { name: 'Remove the rule', exact: true }).click()
  await expect(rules).not.toContainText('above')
  await expect(dialog.getByRole('link', { name: 'night' })).toHaveCount(0)
  expect(await callEngine(page, 'runs.alertRules', {})).toHaveLength(1)
})
