import { useMemo } from 'react'
import type { RunEvaluation } from '../../../../../core/contract/index.ts'
import { type ChartSeries, LineChart } from '../../../components/charts/line-chart.tsx'
import { classColour } from '../../../components/charts/run-colours.ts'
import { formatNumber } from '../../../components/format.ts'
import { asSteps } from './steps.ts'

type Ranking = NonNullable<RunEvaluation['micro']>

/** More curves than these cover one another. */
const curvesAtMost = 10
const microColour = 'light-dark(#222222, #eeeeee)'

/** ROC and precision over recall: all classes together and each against all others. */
export function RankingCharts(props: { evaluation: RunEvaluation; emphasis: string | null }) {
  const { evaluation, emphasis } = props
  const { micro, macro, classes } = evaluation
  const [roc, precisionRecall] = useMemo(() => {
    const ranked = classes.flatMap(({ label, ranking }) =>
      ranking ? [{ id: label, name: label, colour: classColour(label), ranking }] : [],
    )
    const shown = ranked
      .toSorted((a, b) => a.ranking.averagePrecision - b.ranking.averagePrecision)
      .slice(0, curvesAtMost)
    const all = [
      ...(micro ? [{ id: ' all', name: 'all', colour: microColour, ranking: micro }] : []),
      ...ranked.filter((one) => shown.includes(one)),
    ]
    const series = (curveOf: (ranking: Ranking) => Ranking['roc']) =>
      all.map(({ ranking, ...one }): ChartSeries => ({ ...one, ...curveOf(ranking) }))
    return [series(({ roc }) => roc), series((ranking) => asSteps(ranking.precisionRecall))] as const
  }, [micro, classes])
  if (roc.length === 0)
    return <p className="dim">There is no class with pictures in this subset and pictures of others.</p>
  const areas = (read: (ranking: Ranking) => number, mean: number | null) =>
    [micro && `${formatNumber(read(micro))} micro`, mean !== null && `${formatNumber(mean)} macro`]
      .filter(Boolean)
      .join(', ')
  const left = classes.length - curvesAtMost
  return (
    <>
      <div className="ranking-charts">
        <LineChart
          title="ROC"
          series={roc}
          xTitle="false positive rate"
          height={300}
          fromZero
          legend
          emphasis={emphasis}
        />
        <LineChart
          title="Precision and recall"
          series={precisionRecall}
          xTitle="recall"
          height={300}
          fromZero
          legend
          emphasis={emphasis}
        />
      </div>
      <p className="dim">
        ROC: the part of a class that is found, over the part of all others that is taken for it; area{' '}
        {areas(({ auc }) => auc, macro.auc)}. Precision and recall: how many of those called so are so, over
        the part that is found; average precision{' '}
        {areas((one) => one.averagePrecision, macro.averagePrecision)}.
        {left > 0 && ` Of ${classes.length} classes the ${curvesAtMost} that are told apart worst are drawn.`}
      </p>
    </>
  )
}
