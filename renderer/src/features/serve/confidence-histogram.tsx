import { plural } from '../../components/format.ts'

/** How many answers there are in each of equal bins of confidence, 0 to 100 %. */
export function ConfidenceHistogram({ counts }: { counts: readonly number[] }) {
  const most = Math.max(1, ...counts)
  const width = 100 / counts.length
  const bins = counts.map((count, bin) => ({
    count,
    words: `${Math.round(bin * width)} to ${Math.round((bin + 1) * width)} %: ${plural(count, 'answer')}`,
  }))
  return (
    <>
      <ul className="histogram" aria-label="Confidence of the answers">
        {bins.map(({ words, count }) => (
          <li key={words} title={words}>
            <span className="visually-hidden">{words}</span>
            <span aria-hidden style={{ height: `${(100 * count) / most}%`, minHeight: count > 0 ? 2 : 0 }} />
          </li>
        ))}
      </ul>
      <div className="histogram-axis" aria-hidden>
        {[0, 25, 50, 75, 100].map((tick) => (
          <span key={tick}>{tick} %</span>
        ))}
      </div>
    </>
  )
}
