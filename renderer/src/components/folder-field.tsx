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
}

/** Asks for the new or empty folder that something is written to: by its path, or with the system's dialog. */
export function FolderField({ value, onChange, placeholder }: FolderFieldProps) {
  const bridge = desktop()
  const choose = async () => {
    try {
      const path = await bridge?.chooseFolder({ title: 'Folder for the export', create: true })
      if (path) onChange(path)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <div className="folder-field">
      <TextInput
        label="Folder"
        description={
          bridge
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
          Choose folder
        </Button>
      )}
    </div>
  )
}
