import { useEffect, useState } from 'react'
import type { ProcedureInput } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { useQuery } from '../../components/use-query.ts'

type Options = ProcedureInput<'training.previewAugmentation'>['options']

/** A slider in motion asks only once it rests. */
const restMs = 300

/** Some pictures of the version as the network will see them in its first epochs, the original first. */
export function AugmentationPreview({ versionId, options }: { versionId: string; options: Options }) {
  const wanted = JSON.stringify(options)
  const [rested, setRested] = useState(wanted)
  useEffect(() => {
    const timer = setTimeout(() => setRested(wanted), restMs)
    return () => clearTimeout(timer)
  }, [wanted])
  const preview = useQuery('training.previewAugmentation', {
    versionId,
    options: JSON.parse(rested) as Options,
    pictures: 3,
    variants: 6,
  })
  if (preview.error) return <ErrorPanel title="The pictures could not be previewed" error={preview.error} />
  return (
    <section className="augmentation-preview" aria-label="What the network sees" aria-busy={preview.loading}>
      <p className="dim form-note">What the network sees: the picture itself, then how epochs show it.</p>
      {preview.data?.pictures.map(({ path, original, variants }) => (
        <ul key={path}>
          <li>
            <img src={original} alt={path} title={path} />
          </li>
          {variants
            .map((url, index) => ({ url, epoch: index + 1 }))
            .map(({ url, epoch }) => (
              <li key={`${path} epoch ${epoch}`}>
                <img src={url} alt={`${path} in epoch ${epoch}`} title={`Epoch ${epoch}`} />
              </li>
            ))}
        </ul>
      ))}
    </section>
  )
}
