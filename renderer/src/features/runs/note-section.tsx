import { Button, Group, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { Markdown } from '../../components/markdown.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'

/** The tag in which MLflow's clients keep the note. */
export const noteTag = 'mlflow.note.content'

/** A run's note in Markdown: read, or written in a field with Ctrl+Enter to save. */
export function NoteSection({ run, onChanged }: { run: Run; onChanged: (run: Run) => void }) {
  const note = run.tags[noteTag] ?? ''
  const [draft, setDraft] = useState<string | null>(null)
  const save = async () => {
    if (draft === null) return
    try {
      onChanged(await call('runs.note', { runId: run.id, note: draft }))
      setDraft(null)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Section
      title="Note"
      actions={
        draft === null && (
          <Button size="compact-xs" variant="default" onClick={() => setDraft(note)}>
            {note === '' ? 'Write a note' : 'Edit note'}
          </Button>
        )
      }
    >
      {draft === null ? (
        note === '' ? (
          <p className="dim">No note.</p>
        ) : (
          <Markdown text={note} />
        )
      ) : (
        <>
          <Textarea
            aria-label="Note, in Markdown"
            value={draft}
            autosize
            minRows={4}
            maxRows={20}
            data-autofocus
            autoFocus
            onChange={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setDraft(null)
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
            }}
          />
          <Group gap={8} mt={8}>
            <Button size="compact-sm" onClick={save}>
              Save note
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setDraft(null)}>
              Cancel
            </Button>
          </Group>
        </>
      )}
    </Section>
  )
}
