import type { ReactNode, Ref } from 'react'
import { ExportMenu } from './export-menu.tsx'

/** A chart of its own with its title, what is said beside it, its buttons, and the menu that saves it. */
export function ChartFigure(props: {
  ref: Ref<HTMLElement>
  title: string
  /** Beside the title. */
  fact?: ReactNode
  actions?: ReactNode
  svg: () => string
  csv: () => string
  children: ReactNode
}) {
  const { ref, title, svg, csv } = props
  return (
    <figure className="chart" ref={ref} aria-label={title}>
      <div className="chart-head">
        <figcaption className="truncate">{title}</figcaption>
        {props.fact}
        <div className="chart-tools">
          {props.actions}
          <ExportMenu title={title} svg={svg} csv={csv} />
        </div>
      </div>
      {props.children}
    </figure>
  )
}
