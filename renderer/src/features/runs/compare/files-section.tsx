import { SegmentedControl, Select, Switch } from '@mantine/core'
import { memo, useMemo } from 'react'
import type { Run } from '../../../../../core/contract/index.ts'
import { formatBytes, plural } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import { colourOfRun } from '../run-colour.ts'
import { kindOf } from '../run-files/artifact-kind.ts'
import { FileView } from '../run-files/artifact-preview.tsx'
import { isNotShown, isTooLarge } from '../run-files/file-content.ts'
import { useUrlState } from '../url-state.ts'
import { FilePair } from './file-pair.tsx'
import { type PictureMode, pictureModes } from './picture-pair.tsx'
import { type SharedFile, sharedFiles } from './shared-files.ts'
import './compare.css'

const modeWords: Record<PictureMode, string> = { slider: 'Slider', blink: 'Blink', difference: 'Difference' }

const isPictureMode = (text: string | null): text is PictureMode =>
  (pictureModes as readonly (string | null)[]).includes(text)

const stateOf = (file: SharedFile, runs: number): string =>
  file.equal ? 'equal' : file.count < runs ? `in ${file.count} of ${runs}` : 'differs'

/** The file as each run has it, in columns. */
function Beside({ runs, file }: { runs: readonly Run[]; file: SharedFile }) {
  return (
    <div className="beside" data-columns={Math.min(3, runs.length)}>
      {runs.map((run, place) => {
        const own = file.files[place]
        return (
          <figure key={run.id} aria-label={`${file.path} of ${run.name}`}>
            <figcaption>
              <span className="run-key" style={{ background: colourOfRun(run) }} />
              <span className="truncate" title={run.name}>
                {run.name}
              </span>
              {own && <span className="dim tabular">{formatBytes(own.bytes)}</span>}
            </figcaption>
            {!own ? (
              <p className="dim">This run has no such file.</p>
            ) : isNotShown(file.path, own.bytes) ? (
              <p className="dim">The file is too large to be shown here. Save it from the run's page.</p>
            ) : (
              <FileView key={own.hash} path={file.path} hash={own.hash} bytes={own.bytes} />
            )}
          </figure>
        )
      })}
    </div>
  )
}

/** What differs from the first run that has the file, one run after the other. */
function Against({ runs, file, mode }: { runs: readonly Run[]; file: SharedFile; mode: PictureMode }) {
  const having = runs.flatMap((run, place) => {
    const own = file.files[place]
    return own ? [{ run, ...own }] : []
  })
  const [base, ...others] = having
  if (!base || others.length === 0) return <Beside runs={runs} file={file} />
  return others.map(({ run, hash, bytes }) => (
    <section key={run.id} className="against" aria-label={`${run.name} against ${base.run.name}`}>
      {hash === base.hash ? (
        <p className="dim">
          {run.name} has the same file as {base.run.name}, to the byte.
        </p>
      ) : [bytes, base.bytes].some((size) => isTooLarge(file.path, size)) ? (
        <p className="dim">The files are too large to be compared here. Save them from the runs' pages.</p>
      ) : (
        <FilePair path={file.path} hashes={[base.hash, hash]} names={[base.run.name, run.name]} mode={mode} />
      )}
    </section>
  ))
}

function modesOf(path: string): { value: string; label: string }[] {
  const beside = { value: 'beside', label: 'Side by side' }
  switch (kindOf(path)) {
    case 'picture':
      return [beside, ...pictureModes.map((mode) => ({ value: mode, label: modeWords[mode] }))]
    case 'table':
    case 'json':
    case 'markdown':
    case 'html':
    case 'text':
      return [{ value: 'marked', label: 'Marked differences' }, beside]
    default:
      return [beside]
  }
}

/** The same file of a few runs: side by side, over one another, or with what differs marked. */
export const FilesSection = memo(function FilesSection({ runs }: { runs: readonly Run[] }) {
  const url = useUrlState()
  const onlyDifferent = url.get('files') !== 'all'
  const files = useMemo(() => sharedFiles(runs).filter(({ count }) => count > 1), [runs])
  const shown = onlyDifferent ? files.filter(({ equal }) => !equal) : files
  const askedFile = url.get('file')
  const file = shown.find(({ path }) => path === askedFile) ?? shown[0]
  const modes = file ? modesOf(file.path) : []
  const askedMode = url.get('look')
  const mode = modes.find(({ value }) => value === askedMode)?.value ?? modes[0]?.value ?? 'beside'
  const equal = files.length - files.filter((one) => !one.equal).length
  return (
    <Section
      title="Artifacts side by side"
      actions={
        <Switch
          size="xs"
          label="Only files that differ"
          checked={onlyDifferent}
          onChange={(event) => url.set({ files: event.currentTarget.checked ? null : 'all', file: null })}
        />
      }
    >
      {file ? (
        <>
          <div className="files-bar">
            <Select
              aria-label="File"
              searchable
              allowDeselect={false}
              limit={200}
              value={file.path}
              onChange={(path) => url.set({ file: path })}
              data={shown.map((one) => ({
                value: one.path,
                label: `${one.path} (${stateOf(one, runs.length)})`,
              }))}
            />
            <span className="dim">{plural(shown.length, 'file')}</span>
            {modes.length > 1 && (
              <SegmentedControl
                aria-label="How the file is compared"
                value={mode}
                onChange={(value) => url.set({ look: value === modes[0]?.value ? null : value })}
                data={modes}
              />
            )}
          </div>
          {mode === 'beside' ? (
            <Beside runs={runs} file={file} />
          ) : (
            <Against runs={runs} file={file} mode={isPictureMode(mode) ? mode : 'slider'} />
          )}
        </>
      ) : (
        <p className="dim">
          {files.length === 0
            ? 'No two of these runs have a file of the same path.'
            : `All ${plural(equal, 'file')} that these runs share are equal.`}
        </p>
      )}
    </Section>
  )
})
