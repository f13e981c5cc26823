import type { Page, PageTable, PageWord } from '../../../../core/contract/index.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { plural } from '../../components/format.ts'
import { wordsInBox } from './words.ts'

const textOf = (words: readonly PageWord[]): string =>
  words
    .map(({ text, correction }) => correction ?? text)
    .filter(Boolean)
    .join(' ')

/** Rows for a spreadsheet: cells apart by tabs. */
const tabbed = (table: PageTable, words: readonly PageWord[]): string =>
  Array.from({ length: table.rows }, (_, row) =>
    Array.from({ length: table.columns }, (_, column) => {
      const cell = table.cells.find((one) => one.row === row && one.column === column)
      return cell ? textOf(wordsInBox(words, cell.box)).replace(/[\t\n]/g, ' ') : ''
    }).join('\t'),
  ).join('\n')

/** The tables of a page as tables. A cell brings its first word into view. */
export function TableView({
  page,
  active,
  onActive,
}: {
  page: Page
  active: number | null
  onActive: (index: number) => void
}) {
  return (
    <section className="text-pane table-view" aria-label={`Tables of ${page.name}`}>
      {page.tables.map((table, at) => {
        const name = `Table ${at + 1}`
        const { x0, y0 } = table.box
        return (
          <figure key={`${x0} ${y0}`}>
            <figcaption>
              <span className="tabular">
                {name}: {plural(table.rows, 'row')}, {plural(table.columns, 'column')}
              </span>
              <span className="dim">{table.by === 'lines' ? 'told by its lines' : 'told by its gaps'}</span>
              <span className="viewer-facts-actions">
                <CopyButton value={() => tabbed(table, page.words)} label={`Copy ${name.toLowerCase()}`} />
              </span>
            </figcaption>
            <div className="table-view-scroll">
              <table aria-label={name}>
                <tbody>
                  {Array.from({ length: table.rows }, (_, row) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
                    <tr key={row}>
                      {table.cells
                        .filter((cell) => cell.row === row)
                        .map((cell) => {
                          const words = wordsInBox(page.words, cell.box)
                          const [first] = words
                          return (
                            <td
                              key={cell.column}
                              rowSpan={cell.rows}
                              colSpan={cell.columns}
                              data-active={words.some(({ index }) => index === active)}
                            >
                              {first && (
                                <button type="button" onClick={() => onActive(first.index)}>
                                  {textOf(words)}
                                </button>
                              )}
                            </td>
                          )
                        })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </figure>
        )
      })}
    </section>
  )
}
