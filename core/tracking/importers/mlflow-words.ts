import type { RunStatus } from '../../contract/index.ts'

/** MLflow's RunStatus: its number in files, its name in databases. */
const byNumber: Record<string, RunStatus> = {
  '1': 'RUNNING',
  '2': 'SCHEDULED',
  '3': 'FINISHED',
  '4': 'FAILED',
  '5': 'KILLED',
}
const names = new Set<string>(Object.values(byNumber))

export function mlflowStatus(value: unknown): RunStatus | undefined {
  const text = String(value)
  return names.has(text) ? (text as RunStatus) : byNumber[text]
}

export const isRunId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)
