import { Button, TextInput } from '@mantine/core'
import { FolderSearch } from 'lucide-react'
import { desktop } from '../client/desktop.ts'
import { notifyError } from './notices.tsx'
import './components.css'

interface FolderFieldProps {
  value: string
  onChange: (directory: string) => void
  /** A path that shows what is meant. */
  placeholder: string
  /** Of a folder that is there already: its label, and what it holds. Otherwise one that is written to, new or empty. */
  existing?: { label: string; holds: string }
}

/** Asks for a folder: by its path, or with the system's dialog. */
export function FolderField({ value, onChange, placeholder, existing }: FolderFieldProps) {
  const bridge = desktop()
  const choose = async () => {
    try {
      const path = await bridge?.chooseFolder(
        existing === undefined
          ? { title: 'Folder for the export', create: true }
          : { title: existing.holds, create: false },
      )
      if (path) onChange(path)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <div className="folder-field">
      <TextInput
        label={existing?.label ?? 'Folder'}
        description={
          existing !== undefined
            ? `${existing.holds}${bridge ? '' : ', by its full path on the machine that runs the engine'}.`
            : bridge
              ? 'A new or empty folder.'
              : 'The full path of a new or empty folder on the machine that runs the engine.'
        }
        placeholder={placeholder}
        value={value}
        required
        withAsterisk={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {bridge && (
        <Button variant="default" leftSection={<FolderSearch size={14} />} onClick={() => void choose()}>
          Choose {existing?.label.toLowerCase() ?? 'folder'}
        </Button>
      )}
    </div>
  )
}
