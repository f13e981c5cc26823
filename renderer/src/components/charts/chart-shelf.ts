import { createContext, useContext, useEffect, useRef } from 'react'

/** A chart that can be taken along as a picture. */
export interface ShelvedChart {
  title: string
  /** @throws Error while the chart is not drawn */
  svg(): string
}

/** The charts that stand in a part of a page, by an id of their own, in the order in which they came. */
export type ChartShelf = Map<string, ShelvedChart>

const shelf = createContext<ChartShelf | null>(null)

/** Whatever chart stands within can be taken along from the shelf. */
export const ChartShelfProvider = shelf.Provider

/** Keeps a chart on the shelf around it, where there is one, as long as it is on view. */
export function useShelf(id: string, chart: ShelvedChart): void {
  const around = useContext(shelf)
  const latest = useRef(chart)
  latest.current = chart
  useEffect(() => {
    if (!around) return
    around.set(id, {
      get title() {
        return latest.current.title
      },
      svg: () => latest.current.svg(),
    })
    return () => {
      around.delete(id)
    }
  }, [around, id])
}
