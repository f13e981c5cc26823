import { GlyphlabError, type ImportInspection } from '../contract/index.ts'
import { isPictureName } from './formats/picture-name.ts'
import type { InspectInput } from './import-messages.ts'
import type { Importer, ImportPlan, ImportSource } from './importers/importer.ts'
import { chooseImporter, importers } from './importers/index.ts'
import { nameList } from './importers/name-list.ts'
import { comparePaths } from './manifest.ts'
import { openSource, type SourcePort } from './open-source.ts'

const shownSamples = 20
const shownRefused = 50
const shownLabels = 100

/** An importer that fails on a source that it does not know has not recognised it. */
function recognises(importer: Importer, source: ImportSource): boolean {
  try {
    return importer.detects(source)
  } catch {
    return false
  }
}

function describePlan({ candidates, warnings }: ImportPlan) {
  const counts = new Map<string, number>()
  for (const { label } of candidates) counts.set(label, (counts.get(label) ?? 0) + 1)
  const odd = candidates.filter(({ path, info }) => info === null && !isPictureName(path))
  const oddNote = `${odd.length} files are not named like pictures (${nameList(odd.map(({ path }) => path))}). The import looks into each and refuses what is none.`
  const labels = [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count)
  const samples = [...candidates]
    .sort((a, b) => comparePaths(a.path, b.path))
    .slice(0, shownSamples)
    .map(({ path, label, annotation, subset }) => {
      // One that is worked out of the picture is not known before the import.
      const known = typeof annotation === 'function' ? undefined : annotation
      return {
        path,
        label,
        text: known?.text ?? null,
        value: known?.value ?? null,
        group: known?.group ?? null,
        subset,
      }
    })
  return {
    sampleCount: candidates.length,
    labels: labels.slice(0, shownLabels),
    labelCount: counts.size - (counts.has('') ? 1 : 0),
    samples,
    warnings: odd.length > 0 ? [...warnings, oddNote] : warnings,
  }
}

const noPlan = { sampleCount: 0, labels: [], labelCount: 0, samples: [], warnings: [] }

/**
 * What an import of the source would make, without reading the pictures. What is wrong with the source or the options
 * stands in `error`, beside all that could be found out.
 * @throws GlyphlabError NOT_FOUND | UNREADABLE_FILE | UNSUPPORTED | DISK_FULL when the source can't be opened at all;
 * NOT_FOUND for an unknown importer
 */
export async function inspectSource(input: InspectInput, port: SourcePort): Promise<ImportInspection> {
  const { source, nameFiles } = await openSource({ ...input, purpose: 'look' }, port)
  const fileCount = source.scan.files.length
  const known = importers.map((importer) => ({
    importer,
    detected: recognises(importer, { ...source, options: {} }),
  }))
  let importer: Importer | null = null
  let table: ImportInspection['table'] = null
  let plan: ReturnType<typeof describePlan> = noPlan
  let error: ImportInspection['error'] = null
  try {
    importer = chooseImporter(source, input.importer)
    table = (await importer.table?.(source)) ?? null
    plan = describePlan(await importer.plan(source))
  } catch (cause) {
    if (!(cause instanceof GlyphlabError) || (cause.code === 'NOT_FOUND' && importer === null)) throw cause
    error = { ...cause.toBody(), message: nameFiles(cause.message) }
  }
  return {
    importer: importer?.id ?? null,
    importers: known.map(({ importer: { id, title }, detected }) => ({ id, title, detected })),
    fileCount,
    guessed: importer?.guess?.(source) ?? {},
    table,
    ...plan,
    refusedCount: source.scan.refused.length,
    refused: source.scan.refused.slice(0, shownRefused),
    error,
  }
}
