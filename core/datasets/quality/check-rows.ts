import type { QualityFacts, RefusedFile, TableCell } from '../../contract/index.ts'
import { readRow } from '../tables/row-content.ts'
import { type QualityPort, refuseIfCancelled } from './check-quality.ts'
import { classFindings } from './findings/classes.ts'
import { countRepeated, duplicateFindings, groupFindings } from './findings/duplicates.ts'
import { bySeverity } from './findings/index.ts'
import { refusedFindings } from './findings/pictures.ts'
import { rowFindings } from './findings/rows.ts'
import type { QualityResult, QualitySample } from './quality-messages.ts'
import { StoredPictures } from './stored-pictures.ts'

const rowsBetweenMessages = 5_000

/** The cells of all rows, column by column. */
async function readColumns(
  samples: readonly QualitySample[],
  port: QualityPort,
): Promise<Map<string, TableCell[]>> {
  const stored = new StoredPictures()
  const columns = new Map<string, TableCell[]>()
  try {
    for (const [ordinal, sample] of samples.entries()) {
      for (const [name, cell] of Object.entries(readRow(stored.content(sample)))) {
        const cells = columns.get(name) ?? new Array<TableCell>(samples.length).fill(null)
        columns.set(name, cells)
        cells[ordinal] = cell
      }
      if (ordinal % rowsBetweenMessages !== 0) continue
      refuseIfCancelled(port)
      port.progress({
        value: (ordinal / samples.length) * 0.8,
        message: `Looking at row ${ordinal + 1} of ${samples.length}`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
      await new Promise((resolve) => setImmediate(resolve))
    }
    return columns
  } finally {
    stored.close()
  }
}

function factsOfRows(evidence: Parameters<typeof countRepeated>[0]): QualityFacts {
  const classes = new Map<string, number>()
  for (const { label } of evidence.samples) classes.set(label, (classes.get(label) ?? 0) + 1)
  return {
    classes: [...classes],
    width: [],
    height: [],
    side: [],
    aspect: [],
    brightness: [],
    contrast: [],
    textLength: [],
    characters: [],
    colourModes: {},
    mediaTypes: {},
    ...countRepeated(evidence),
  }
}

/** Looks at every row of a table version. @throws GlyphlabError CANCELLED */
export async function checkRows(
  samples: readonly QualitySample[],
  refused: readonly RefusedFile[],
  port: QualityPort,
): Promise<QualityResult> {
  const columns = await readColumns(samples, port)
  const evidence = { samples, measures: [], nearGroups: [], refused, damaged: [] }
  const findings = bySeverity([
    ...duplicateFindings(evidence, 'row'),
    ...groupFindings(evidence),
    ...classFindings(evidence),
    ...refusedFindings(evidence, 'row'),
    ...rowFindings({
      columns: [...columns].map(([name, cells]) => ({ name, cells })),
      labels: samples.map(({ label }) => label),
      values: samples.map(({ value }) => value),
    }),
  ])
  return { findings, facts: factsOfRows(evidence) }
}
