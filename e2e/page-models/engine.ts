import type { Page } from '@playwright/test'
import type { ProcedureInput, ProcedureName, ProcedureOutput } from '../../core/contract/index.ts'

/** Asks the engine from the page, as the app's own client does. @throws Error with the engine's message */
export function callEngine<N extends ProcedureName>(
  page: Page,
  name: N,
  input: ProcedureInput<N>,
): Promise<ProcedureOutput<N>> {
  return page.evaluate(
    async ([procedure, body]) => {
      const response = await fetch(`/rpc/${procedure}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      if (!response.ok) throw new Error(await response.text())
      return await response.json()
    },
    [name, JSON.stringify(input)] as const,
  )
}
