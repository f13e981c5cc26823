import { useEffect } from 'react'
import type { ProcedureInput, ProcedureName, ProcedureOutput } from '../../../../core/contract/index.ts'
import { type Query, useQuery } from '../../components/use-query.ts'

/** A query that is asked again and again while the window is on view. */
export function usePolled<N extends ProcedureName>(
  name: N,
  input: ProcedureInput<N>,
  everyMs: number,
): Query<ProcedureOutput<N>> {
  const query = useQuery(name, input)
  const { reload } = query
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [reload, everyMs])
  return query
}
