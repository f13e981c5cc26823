import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useRef } from 'react'
import { chartSvg } from '../../../components/charts/chart-export.ts'
import { ChartFigure } from '../../../components/charts/chart-figure.tsx'
import '../../../components/charts/charts.css'

/** The frame of a chart that is drawn as it stands, with the menu that saves it; its table is the way without eyes. */
export function ChartFrame(props: {
  title: string
  height: number
  csv: () => string
  /** What is drawn into so many px. */
  draw: (width: number) => ReactNode
  /** The same as rows of text. */
  table: ReactNode
}) {
  const { title, height } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const drawn = useRef<SVGSVGElement>(null)
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  return (
    <ChartFigure ref={ref} title={title} svg={svg} csv={props.csv}>
      {width > 0 && (
        <svg ref={drawn} className="chart-axes" width={width} height={height} aria-hidden>
          {props.draw(width)}
        </svg>
      )}
      <details className="chart-table">
        <summary>As a table</summary>
        {props.table}
      </details>
    </ChartFigure>
  )
}
