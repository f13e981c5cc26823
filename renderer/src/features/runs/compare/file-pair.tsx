import { ErrorPanel } from '../../../components/error-panel.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { kindOf } from '../run-files/artifact-kind.ts'
import { useFileContent } from '../run-files/file-content.ts'
import { orderedJson } from './differences.ts'
import { type PictureMode, PicturePair } from './picture-pair.tsx'
import { TableDifferences } from './table-differences.tsx'
import { TextDifferences } from './text-differences.tsx'

/** One path in two runs: what differs between the contents. */
export function FilePair(props: {
  path: string
  hashes: [string, string]
  names: [string, string]
  mode: PictureMode
}) {
  const { path, hashes, names, mode } = props
  const before = useFileContent(hashes[0], path)
  const after = useFileContent(hashes[1], path)
  if (!before || !after) return <SkeletonRows rows={4} height={20} />
  for (const one of [before, after])
    if (one.kind === 'error') return <ErrorPanel title={`${path} could not be read`} error={one.error} />
  if (before.kind === 'media' && after.kind === 'media')
    return <PicturePair mode={mode} urls={[before.url, after.url]} names={names} />
  if (before.kind !== 'text' || after.kind !== 'text') return null
  const kind = kindOf(path)
  if (kind === 'table')
    return (
      <TableDifferences
        title={path}
        before={before.text}
        after={after.text}
        separator={path.toLowerCase().endsWith('.tsv') ? '\t' : ','}
        names={names}
      />
    )
  const text = kind === 'json' ? orderedJson : (plain: string) => plain
  return <TextDifferences title={path} before={text(before.text)} after={text(after.text)} names={names} />
}
