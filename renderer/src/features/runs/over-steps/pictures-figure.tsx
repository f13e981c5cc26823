import { type ReactNode, useEffect, useState } from 'react'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { useFileContent } from '../run-files/file-content.ts'
import type { StepFile } from './step-records.ts'

const picturesAtMost = 64

/** The picture before stays until the next one is there: nothing flickers while the slider is drawn. */
function StepPicture({ file, label }: { file: StepFile; label: string }) {
  const content = useFileContent(file.hash, file.path)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    if (content?.kind === 'error') setFailed(file.path)
  }, [content, file.path])
  if (content?.kind === 'error')
    return <ErrorPanel title={`${file.path} could not be read`} error={content.error} />
  if (failed === file.path) return <p className="dim">{file.path} is no picture that can be shown.</p>
  if (content?.kind !== 'media') return <div className="step-picture" aria-busy="true" />
  return (
    <img
      className="step-picture"
      src={content.url}
      alt={label}
      title={file.path}
      onError={() => setFailed(file.path)}
    />
  )
}

/** All that was kept at the newest step before the chosen one. */
function picturesAt(files: readonly StepFile[], step: number): readonly StepFile[] {
  const last = files.findLast((file) => (file.step ?? 0) <= step)
  return last ? files.filter((file) => file.step === last.step) : []
}

/** The pictures of the chosen step, as a grid. */
export function PicturesFigure(props: {
  title: string
  fact: ReactNode
  files: readonly StepFile[]
  step: number
}) {
  const { title, files, step } = props
  const now = picturesAt(files, step)
  const shown = now.slice(0, picturesAtMost)
  return (
    <figure className="step-figure" aria-label={title}>
      <figcaption>
        <span className="truncate" title={title}>
          {title}
        </span>
        {props.fact}
      </figcaption>
      {now.length === 0 && <p className="dim">Nothing yet at this step.</p>}
      <div className="step-pictures" data-single={shown.length === 1}>
        {shown.map((file, place) => (
          // The place is the key: the next step's picture takes the place of this one.
          <StepPicture
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            key={place}
            file={file}
            label={`${title} at step ${file.step}${shown.length > 1 ? `, picture ${place + 1}` : ''}`}
          />
        ))}
      </div>
      {now.length > shown.length && (
        <p className="dim">
          The first {picturesAtMost} of {plural(now.length, 'picture')} of this step.
        </p>
      )}
    </figure>
  )
}
