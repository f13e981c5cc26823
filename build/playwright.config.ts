import path from 'node:path'
import { defineConfig } from '@playwright/test'

const root = path.resolve(import.meta.dirname, '..')

export default defineConfig({
  outputDir: path.join(root, 'artifacts', 'playwright'),
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: { screenshot: 'only-on-failure' },
  projects: ['electron', 'browser', 'docker'].map((name) => ({
    name,
    testDir: path.join(root, 'e2e', name),
    ...(name === 'docker' ? { timeout: 900_000 } : {}),
  })),
})
