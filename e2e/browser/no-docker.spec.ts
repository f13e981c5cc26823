import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { goTo } from '../page-models/places.ts'

// Where an engine runs on this machine, the app is told of another address, at which there is none.
process.env['DOCKER_HOST'] = 'unix:///nonexistent/docker.sock'

test('without a Docker engine the form says what to do, and a process can still be served', async ({
  page,
  capture,
}) => {
  await goTo(page, 'Serve')
  await page.getByRole('navigation', { name: 'Serve' }).getByRole('link', { name: 'Deployments' }).click()
  const form = page.getByRole('form', { name: 'Serve on this machine' })
  const serve = form.getByRole('button', { name: 'Serve', exact: true })
  const place = form.getByRole('combobox', { name: 'In', exact: true })
  await expect(serve).toBeEnabled()
  await place.click()
  await page.getByRole('option', { name: /^A Docker container/ }).click()
  const state = form.getByText(/No Docker engine answers; start it|Docker is not installed\. Install/)
  await expect(state).toBeVisible()
  await expect(serve).toBeDisabled()
  await form.getByRole('button', { name: 'Look again' }).click()
  await expect(state).toBeVisible()
  await capture('no-docker')
  await expectAccessible(page)
  await place.click()
  await page.getByRole('option', { name: /^A process of this app/ }).click()
  await expect(state).toBeHidden()
  await serve.click()
  await expect(page.getByText('Answers requests.')).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(page.getByRole('list', { name: 'Servers on this machine' })).toContainText('Stopped', {
    timeout: 30_000,
  })
})
