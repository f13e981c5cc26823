import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Reporter, TestCase } from 'vitest/node'
import { artifacts, root } from './paths.ts'

export const flakyUnitTests = path.join(artifacts, 'unit-flaky.json')

/** Keeps the names of the tests that passed only when they were repeated. */
export default class FlakyReporter implements Reporter {
  readonly #names: string[] = []

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky)
      this.#names.push(`${path.relative(root, test.module.moduleId)}: ${test.fullName}`)
  }

  onTestRunEnd(): void {
    writeFileSync(flakyUnitTests, JSON.stringify(this.#names))
  }
}
