import { Button, Group, Textarea } from '@mantine/core'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { ModelVersion } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { confirm } from '../../../components/confirm.tsx'
import { CopyButton } from '../../../components/copy-button.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { Markdown } from '../../../components/markdown.tsx'
import { notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { versionReference } from '../model-names.ts'

/** The model card: generated from the record, and edited here. */
export function VersionCard({ version }: { version: ModelVersion }) {
  const reference = versionReference(version)
  const query = useQuery(
    'models.card',
    { reference },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === version.model },
  )
  const [draft, setDraft] = useState<string | null>(null)
  const card = query.data
  const save = async (text: string | null) => {
    try {
      query.set(await call('models.setCard', { reference, text }))
      setDraft(null)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const reset = async () => {
    const sure = await confirm({
      title: 'Generate the card again',
      message: 'What was written by hand is lost.',
      action: 'Generate again',
      danger: true,
    })
    if (sure) await save(null)
  }
  return (
    <Section
      title="Model card"
      actions={
        card &&
        draft === null && (
          <>
            <CopyButton value={card.text} label="the card in Markdown" />
            {card.editedAt !== null && (
              <Button variant="default" size="compact-sm" onClick={() => void reset()}>
                Generate again
              </Button>
            )}
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<Pencil size={13} />}
              onClick={() => setDraft(card.text)}
            >
              Edit the card
            </Button>
          </>
        )
      }
    >
      {query.error && !card && <ErrorPanel error={query.error} retry={query.reload} />}
      {!card && !query.error && <SkeletonRows rows={4} />}
      {card && draft === null && (
        <article aria-label="Model card">
          <Markdown text={card.text} />
        </article>
      )}
      {draft !== null && (
        <>
          <Textarea
            aria-label="Card in Markdown"
            autosize
            minRows={12}
            maxRows={30}
            value={draft}
            classNames={{ input: 'mono' }}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap={8} mt={8}>
            <Button variant="default" onClick={() => setDraft(null)}>
              Cancel
            </Button>
            <Button onClick={() => void save(draft)}>Save the card</Button>
          </Group>
        </>
      )}
    </Section>
  )
}
