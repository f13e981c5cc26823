import { NativeSelect } from '@mantine/core'
import { type ImportStorage, importStorage } from '../../../core/contract/index.ts'

const words: Record<ImportStorage, { label: string; description: string }> = {
  copy: {
    label: 'Copy them',
    description: 'The dataset stays whole whatever becomes of the files.',
  },
  link: {
    label: 'Link them',
    description:
      'Takes no room where they lie on the same disk. A picture that is changed in its place later is then shown as damaged.',
  },
  reference: {
    label: 'Leave them where they are',
    description:
      'Nothing is copied. A file that is moved or changed later is named, and can be read again once it is back. What comes out of an archive or a document is copied.',
  },
}

/** Where the bytes of the pictures of a folder on this machine stay. */
export function StorageField({
  value,
  onChange,
}: {
  value: ImportStorage
  onChange: (value: ImportStorage) => void
}) {
  return (
    <NativeSelect
      size="xs"
      label="The pictures' files"
      description={words[value].description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      onChange={(event) => onChange(importStorage.parse(event.currentTarget.value))}
      data={importStorage.options.map((option) => ({ value: option, label: words[option].label }))}
    />
  )
}
