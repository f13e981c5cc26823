import type { ColumnKind, TableColumn } from '../../../../../core/contract/index.ts'
import { formatNumber, formatPercent } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'

const kindWords: Record<ColumnKind, string> = {
  numeric: 'Number',
  boolean: 'Yes or no',
  date: 'Date',
  categorical: 'Category',
  text: 'Text',
}

const shownCategories = 6

function Bars({ title, counts }: { title: string; counts: readonly number[] }) {
  const most = Math.max(1, ...counts)
  const bars = counts
    .map((count, place) => {
      const height = count === 0 ? 0 : Math.max(0.8, (20 * count) / most)
      return `M${place + 0.05} 20v${-height}h0.9v${height}z`
    })
    .join('')
  return (
    <svg className="column-bars" viewBox={`0 0 ${counts.length} 20`} preserveAspectRatio="none" role="img">
      <title>{title}</title>
      <path d={bars} />
    </svg>
  )
}

function NumberSummary({ name, numbers }: { name: string; numbers: NonNullable<TableColumn['numbers']> }) {
  const { min, max, mean, deviation, histogram } = numbers
  return (
    <>
      <Bars
        title={`Histogram of ${name} from ${formatNumber(min)} to ${formatNumber(max)}`}
        counts={histogram}
      />
      <div className="column-ends dim tabular">
        <span>{formatNumber(min)}</span>
        <span title="Mean and standard deviation">
          {formatNumber(mean)} ± {formatNumber(deviation)}
        </span>
        <span>{formatNumber(max)}</span>
      </div>
    </>
  )
}

function CategorySummary({ categories, rows }: { categories: TableColumn['categories']; rows: number }) {
  const rest = categories.length - shownCategories
  return (
    <ul className="column-categories">
      {categories.slice(0, shownCategories).map(([category, count]) => (
        <li key={category}>
          <span className="truncate" title={category}>
            {category}
          </span>
          <span className="dim tabular">{formatPercent(count / rows)}</span>
        </li>
      ))}
      {rest > 0 && <li className="dim">and {rest} more</li>}
    </ul>
  )
}

/** What each column holds: kind, missing values, and how its values are spread. */
export function ColumnSummary({ columns, rows }: { columns: readonly TableColumn[]; rows: number }) {
  return (
    <Section title="Columns">
      <ul className="column-list">
        {columns.map(({ name, kind, missing, distinct, numbers, categories }) => (
          <li key={name}>
            <div className="column-head">
              <strong className="truncate" title={name}>
                {name}
              </strong>
              <span className="dim">
                {kindWords[kind]}
                {kind === 'text' && `, ${distinct > 1_000 ? 'over 1,000' : distinct} different`}
              </span>
            </div>
            {missing > 0 && <p className="column-missing">{formatPercent(missing / rows)} missing</p>}
            {numbers && <NumberSummary name={name} numbers={numbers} />}
            {categories.length > 0 && <CategorySummary categories={categories} rows={rows} />}
          </li>
        ))}
      </ul>
    </Section>
  )
}
