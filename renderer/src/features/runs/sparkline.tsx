import { formatNumber } from '../../components/format.ts'
import { type Spark, sparkHeight, sparkWidth } from './spark-path.ts'

/** A run's curve in a cell. `spark` is undefined while it is being fetched. */
export function Sparkline(props: { spark: Spark | null | undefined; name: string; colour: string }) {
  const { spark, name, colour } = props
  if (spark === undefined) return <span className="run-cell-waits" aria-hidden />
  if (spark === null) return <span className="dim">–</span>
  const [first, last, lowest, highest] = [spark.first, spark.last, spark.lowest, spark.highest].map((value) =>
    formatNumber(value),
  )
  const words = `${name}: ${first} to ${last}, lowest ${lowest}, highest ${highest}`
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${sparkWidth} ${sparkHeight}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <path d={spark.path} style={{ stroke: colour }} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
