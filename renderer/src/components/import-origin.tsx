import { Button, Group, Stack, TextInput } from '@mantine/core'
import { FileArchive, FolderOpen } from 'lucide-react'
import { useRef, useState } from 'react'
import { desktop } from '../client/desktop.ts'
import { plural } from './format.ts'
import { notifyError } from './notices.tsx'
import { filesOfChosenFolder, pathOf } from './sources.ts'
import type { ImportOrigin } from './start-import.ts'

/** Lets the person choose a folder, an archive or a table: a dialog in the desktop app, inputs and a typed path in a browser. */
export function OriginChooser({
  origin,
  onChoose,
}: {
  origin: ImportOrigin | null
  onChoose: (origin: ImportOrigin | null) => void
}) {
  const folderInput = useRef<HTMLInputElement>(null)
  const filesInput = useRef<HTMLInputElement>(null)
  const chosenPath = origin?.kind === 'path' ? origin.path : ''
  const [typed, setTyped] = useState<string | null>(null)
  const bridge = desktop()
  const choose = (next: ImportOrigin | null) => {
    setTyped(null)
    onChoose(next)
  }
  // A path is looked at when it has been typed: half of one may be the whole disk.
  const takeTyped = () => {
    if (typed === null || typed.trim() === chosenPath) return setTyped(null)
    choose(typed.trim() === '' ? null : { kind: 'path', path: typed.trim() })
  }
  const chooseFolder = () => {
    if (!bridge) return folderInput.current?.click()
    bridge
      .chooseFolder({ title: 'Import a folder', create: false })
      .then((path) => path !== null && choose({ kind: 'path', path }))
      .catch(notifyError)
  }
  const takeFiles = (list: FileList | null) => {
    const files = Array.from(list ?? [], (file) => ({ path: file.name, file }))
    const [first, another] = files
    if (!first) return
    const path = another ? '' : pathOf(first.file)
    choose(path ? { kind: 'path', path } : { kind: 'files', name: first.path, files })
  }

  return (
    <Stack gap={8}>
      <TextInput
        label="Folder or file"
        data-autofocus
        description="A folder of pictures in any of the kinds below, a zip or tar of it, or a table with its pictures beside it."
        placeholder="/home/me/pictures"
        value={typed ?? chosenPath}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={takeTyped}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || typed === null) return
          event.preventDefault()
          takeTyped()
        }}
      />
      <Group gap={8}>
        <Button variant="default" leftSection={<FolderOpen size={14} />} onClick={chooseFolder}>
          Choose a folder
        </Button>
        <Button
          variant="default"
          leftSection={<FileArchive size={14} />}
          onClick={() => filesInput.current?.click()}
        >
          Choose an archive or files
        </Button>
        {origin?.kind === 'files' && (
          <span className="dim import-chosen" title={origin.name}>
            {origin.name}, {plural(origin.files.length, 'file')}
          </span>
        )}
      </Group>
      <input
        ref={(input) => {
          folderInput.current = input
          input?.setAttribute('webkitdirectory', '')
        }}
        type="file"
        hidden
        aria-label="Folder to import"
        onChange={(event) => {
          const list = event.currentTarget.files
          if (list && list.length > 0) choose({ kind: 'files', ...filesOfChosenFolder(list) })
        }}
      />
      <input
        ref={filesInput}
        type="file"
        hidden
        multiple
        aria-label="Files to import"
        onChange={(event) => takeFiles(event.currentTarget.files)}
      />
    </Stack>
  )
}
