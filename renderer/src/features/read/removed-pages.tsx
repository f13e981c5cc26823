import { Button, Modal } from '@mantine/core'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { useQuery } from '../../components/use-query.ts'
import { StoredPicture } from './stored-picture.tsx'

/** The pages that were removed, to restore or to delete for good. Nothing where there are none. */
export function RemovedPages({ onChanged }: { onChanged: () => void }) {
  const removed = useQuery('pages.removed', {}, { refreshOn: (event) => event.type === 'page.changed' })
  const [opened, setOpened] = useState(false)
  const pages = removed.data ?? []
  if (pages.length === 0 && !opened) return null
  const after = (done: Promise<unknown>) =>
    void done
      .then(() => {
        removed.reload()
        onChanged()
      })
      .catch(notifyError)
  const deleteAll = async () => {
    const what = plural(pages.length, 'page')
    const sure = await confirm({
      title: `Delete ${what} for good?`,
      message:
        'The text, its corrections and the stored copy of the picture are deleted. Your own files stay.',
      action: `Delete ${what}`,
      danger: true,
    })
    if (sure) after(call('pages.delete', { pageIds: pages.map(({ id }) => id) }))
  }
  return (
    <>
      <button type="button" className="page-list-foot" onClick={() => setOpened(true)}>
        Removed {pages.length}
      </button>
      {opened && (
        <Modal
          opened
          onClose={() => setOpened(false)}
          title="Removed pages"
          size={560}
          closeButtonProps={{ 'aria-label': 'Close' }}
        >
          {removed.error && <ErrorPanel error={removed.error} retry={removed.reload} />}
          <p className="dim">They are kept for 30 days, then deleted.</p>
          <ul className="removed-pages">
            {pages.map((page) => (
              <li key={page.id}>
                <span className="page-row-picture">
                  {page.blob && <StoredPicture hash={page.blob} size={64} alt="" />}
                </span>
                <span className="truncate">{page.name}</span>
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<Undo2 size={12} />}
                  aria-label={`Restore ${page.name}`}
                  onClick={() => after(call('pages.restore', { pageIds: [page.id] }))}
                >
                  Restore
                </Button>
              </li>
            ))}
          </ul>
          {pages.length === 0 ? (
            <p>There are none.</p>
          ) : (
            <Button variant="default" onClick={() => void deleteAll()}>
              Delete all for good
            </Button>
          )}
        </Modal>
      )}
    </>
  )
}
