import { Button, TagsInput, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { DatasetVersion } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { notifyError } from '../../../components/notices.tsx'

/** Tags and note of a version. Saved together; each change is in the audit log. */
export function AnnotationEditor({
  version,
  onSaved,
}: {
  version: DatasetVersion
  onSaved: (version: DatasetVersion) => void
}) {
  const [tags, setTags] = useState(version.tags)
  const [note, setNote] = useState(version.note)
  const [busy, setBusy] = useState(false)
  const changed = note !== version.note || JSON.stringify(tags) !== JSON.stringify(version.tags)
  const save = () => {
    setBusy(true)
    call('datasets.annotate', { versionId: version.id, tags, note })
      .then(onSaved)
      .catch(notifyError)
      .finally(() => setBusy(false))
  }
  return (
    <div className="annotation">
      <TagsInput
        size="xs"
        label="Tags"
        placeholder={tags.length === 0 ? 'golden, reviewed …' : ''}
        value={tags}
        onChange={setTags}
      />
      <Textarea
        size="xs"
        label="Note"
        autosize
        minRows={3}
        maxRows={12}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Button size="compact-xs" disabled={!changed} loading={busy} onClick={save}>
        Save
      </Button>
    </div>
  )
}
