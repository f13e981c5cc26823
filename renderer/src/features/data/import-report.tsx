import { Modal, Table, Tabs } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useState } from 'react'
import type { ImportReport } from '../../../../core/contract/index.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { formatDuration, formatNumber, plural } from '../../components/format.ts'

/** One line about what was left out: `3 of 120 files could not be read.`; null when nothing was. */
export function refusedLine({ refused, scanned }: ImportReport): string | null {
  if (refused.length === 0) return null
  return `${formatNumber(refused.length)} of ${plural(scanned, 'file')} could not be read.`
}

/** Rows of any number in a scrolling table with a fixed row height. */
function LongRows<T>({ items, name, render }: { items: T[]; name: string; render: (item: T) => ReactNode }) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => 44,
    overscan: 10,
  })
  return (
    <div ref={setScroller} className="report-rows">
      <ul aria-label={name} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <li
            key={row.key}
            data-index={row.index}
            ref={rows.measureElement}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {render(items[row.index] as T)}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Everything an import has to say: what was refused and why, ignored, found twice, and by type. */
export function ImportReportDialog({ report, onClose }: { report: ImportReport; onClose: () => void }) {
  const types = Object.entries(report.byExtension).sort(([a], [b]) => a.localeCompare(b))
  return (
    <Modal
      opened
      onClose={onClose}
      title="Import report"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <p className="report-summary">
        {plural(report.scanned, 'file')} looked at, {formatNumber(report.imported)} imported in{' '}
        {formatDuration(report.durationMs)}.
      </p>
      <Tabs
        defaultValue={
          report.refused.length > 0 ? 'refused' : report.warnings.length > 0 ? 'warnings' : 'types'
        }
      >
        <Tabs.List>
          <Tabs.Tab value="refused">Refused {formatNumber(report.refused.length)}</Tabs.Tab>
          <Tabs.Tab value="warnings">To know {formatNumber(report.warnings.length)}</Tabs.Tab>
          <Tabs.Tab value="duplicates">Duplicates {formatNumber(report.duplicates.length)}</Tabs.Tab>
          <Tabs.Tab value="ignored">Ignored {formatNumber(report.ignored.length)}</Tabs.Tab>
          <Tabs.Tab value="types">By type</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="refused">
          {report.refused.length === 0 ? (
            <p className="dim">Every file could be read.</p>
          ) : (
            <>
              <LongRows
                items={report.refused}
                name="Refused files"
                render={({ path, reason }) => (
                  <>
                    <code className="mono">{path}</code>
                    <div>{reason}</div>
                  </>
                )}
              />
              <CopyButton
                text
                label="Copy list"
                value={() => report.refused.map(({ path, reason }) => `${path}\t${reason}`).join('\n')}
              />
            </>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="warnings">
          {report.warnings.length === 0 ? (
            <p className="dim">Nothing to note.</p>
          ) : (
            <LongRows items={report.warnings} name="To know" render={(warning) => warning} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="duplicates">
          {report.duplicates.length === 0 ? (
            <p className="dim">No two files have the same content.</p>
          ) : (
            <LongRows
              items={report.duplicates}
              name="Duplicates"
              render={({ paths, labels, subsets: inSubsets }) => (
                <>
                  {paths.map((path) => (
                    <div key={path}>
                      <code className="mono">{path}</code>
                    </div>
                  ))}
                  {labels.length > 1 && <div>Under several classes: {labels.join(', ')}</div>}
                  {inSubsets.length > 1 && <div>Across the split: {inSubsets.join(', ')}</div>}
                </>
              )}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="ignored">
          {report.ignored.length === 0 ? (
            <p className="dim">No file was ignored.</p>
          ) : (
            <LongRows
              items={report.ignored}
              name="Ignored files"
              render={(path) => <code className="mono">{path}</code>}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="types">
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Extension</Table.Th>
                <Table.Th ta="right">Imported</Table.Th>
                <Table.Th ta="right">Refused</Table.Th>
                <Table.Th ta="right">Ignored</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {types.map(([extension, counts]) => (
                <Table.Tr key={extension}>
                  <Table.Td>{extension === '' ? 'none' : `.${extension}`}</Table.Td>
                  <Table.Td ta="right">{formatNumber(counts.imported)}</Table.Td>
                  <Table.Td ta="right">{formatNumber(counts.refused)}</Table.Td>
                  <Table.Td ta="right">{formatNumber(counts.ignored)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Tabs.Panel>
      </Tabs>
    </Modal>
  )
}
