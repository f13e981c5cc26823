import { expect, test } from '../fixtures.ts'
import { callEngine } from '../page-models/engine.ts'

test('closing during a job asks first', async ({ app, page }) => {
  if (app.kind !== 'electron') throw new Error('This is about the desktop app.')
  const source = { kind: 'sample', sampleId: 'sign-language-digits' } as const
  const { jobId } = await callEngine(page, 'datasets.import', { source, name: 'Digits' })
  const status = async (id: string) => (await callEngine(page, 'jobs.get', { jobId: id })).status
  await expect.poll(() => status(jobId), { timeout: 60_000 }).toBe('succeeded')
  const [dataset] = await callEngine(page, 'datasets.list', {})
  const [version] = await callEngine(page, 'datasets.versions', { datasetId: dataset?.id ?? '' })
  const options = { epochs: 5_000 }
  const training = await callEngine(page, 'training.start', { datasetVersionId: version?.id ?? '', options })
  await expect.poll(() => status(training.jobId)).toBe('running')

  // The system's own message box can't be clicked from here: answer "Keep working" and keep what was asked.
  await app.electron.evaluate(({ dialog }) => {
    const asked: string[] = []
    Object.assign(globalThis, { asked })
    dialog.showMessageBox = async (...words: unknown[]) => {
      asked.push((words.at(-1) as { message: string }).message)
      return { response: 1, checkboxChecked: false }
    }
  })
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await expect
    .poll(() => app.electron.evaluate(() => (globalThis as unknown as { asked: string[] }).asked))
    .toEqual(['A job is running. Quit and stop it?'])
  expect(await status(training.jobId)).toBe('running')

  // Now agree.
  const ended = new Promise((resolve) => app.electron.process().once('exit', resolve))
  await app.electron.evaluate(({ BrowserWindow, dialog }) => {
    dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false })
    BrowserWindow.getAllWindows()[0]?.close()
  })
  expect(await ended).toBe(0)
})
