import { Button, FileInput, Group, Modal, NumberInput, Select, TextInput } from '@mantine/core'
import { FileInput as FileIcon } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { ModelImportOptions } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { sourcesFromFiles } from '../../components/sources.ts'
import { FirstAliasChoice, useFirstAlias } from './first-alias.tsx'

/** `0.485, 0.456, 0.406`; undefined for an empty field. */
function numbersOf(text: string): number[] | undefined {
  const parts = text.split(/[,;\s]+/).filter(Boolean)
  return parts.length > 0 ? parts.map(Number) : undefined
}

interface Fields {
  width: number | string
  height: number | string
  channels: string | null
  layout: string | null
  scale: number | string
  mean: string
  std: string
  values: string | null
  blank: string | null
}

const noFields: Fields = {
  width: '',
  height: '',
  channels: null,
  layout: null,
  scale: '',
  mean: '',
  std: '',
  values: null,
  blank: null,
}

/** What was filled in. The engine parses it again and says what does not fit. */
function optionsOf(fields: Fields): ModelImportOptions {
  const size = (value: number | string) => (typeof value === 'number' ? value : undefined)
  return {
    width: size(fields.width),
    height: size(fields.height),
    channels: fields.channels === '1' ? 1 : fields.channels === '3' ? 3 : undefined,
    layout: fields.layout === 'nchw' || fields.layout === 'nhwc' ? fields.layout : undefined,
    scale: size(fields.scale),
    mean: numbersOf(fields.mean),
    std: numbersOf(fields.std),
    values: fields.values === 'logits' || fields.values === 'probabilities' ? fields.values : undefined,
    blank: fields.blank === 'first' || fields.blank === 'last' ? fields.blank : undefined,
  }
}

function Preprocessing({ fields, onChange }: { fields: Fields; onChange: (fields: Fields) => void }) {
  const set =
    <K extends keyof Fields>(key: K) =>
    (value: Fields[K]) =>
      onChange({ ...fields, [key]: value })
  return (
    <fieldset className="import-fields">
      <legend>What the file does not say</legend>
      <NumberInput
        label="Width, px"
        value={fields.width}
        onChange={set('width')}
        min={1}
        allowDecimal={false}
        hideControls
      />
      <NumberInput
        label="Height, px"
        value={fields.height}
        onChange={set('height')}
        min={1}
        allowDecimal={false}
        hideControls
      />
      <Select
        label="Channels"
        placeholder="from the file"
        clearable
        data={[
          { value: '1', label: '1, grey' },
          { value: '3', label: '3, colour' },
        ]}
        value={fields.channels}
        onChange={set('channels')}
      />
      <Select
        label="Layout"
        placeholder="from the file"
        clearable
        data={[
          { value: 'nchw', label: 'Channels first' },
          { value: 'nhwc', label: 'Channels last' },
        ]}
        value={fields.layout}
        onChange={set('layout')}
      />
      <NumberInput
        label="Scale"
        placeholder="1/255"
        value={fields.scale}
        onChange={set('scale')}
        hideControls
      />
      <TextInput
        label="Mean"
        placeholder="0.485, 0.456, 0.406"
        value={fields.mean}
        onChange={(event) => set('mean')(event.currentTarget.value)}
      />
      <TextInput
        label="Deviation"
        placeholder="0.229, 0.224, 0.225"
        value={fields.std}
        onChange={(event) => set('std')(event.currentTarget.value)}
      />
      <Select
        label="It gives"
        placeholder="from the file"
        clearable
        data={[
          { value: 'probabilities', label: 'Probabilities' },
          { value: 'logits', label: 'Logits' },
        ]}
        value={fields.values}
        onChange={set('values')}
      />
      <Select
        label="Blank of a recogniser"
        placeholder="last"
        clearable
        data={[
          { value: 'first', label: 'First class' },
          { value: 'last', label: 'Last class' },
        ]}
        value={fields.blank}
        onChange={set('blank')}
      />
      <p className="dim">Input = (pixel × scale − mean) ÷ deviation, with pixels from 0 to 255.</p>
    </fieldset>
  )
}

function ImportForm({ onClose }: { onClose: () => void }) {
  const [, navigate] = useLocation()
  const [file, setFile] = useState<File | null>(null)
  const [labels, setLabels] = useState<File | null>(null)
  const [example, setExample] = useState<File | null>(null)
  const [name, setName] = useState('')
  const firstAlias = useFirstAlias(name.trim(), { enabled: true })
  const [fields, setFields] = useState(noFields)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!file || name.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const [source] = await sourcesFromFiles([file])
      if (!source) return
      const [labelSource] = labels ? await sourcesFromFiles([labels]) : []
      const [exampleSource] = example ? await sourcesFromFiles([example]) : []
      const version = await call('models.import', {
        source,
        name: name.trim(),
        ...firstAlias.input,
        ...(labelSource && { labels: labelSource }),
        ...(exampleSource && { example: exampleSource }),
        options: optionsOf(fields),
      })
      onClose()
      navigate(firstAlias.pathOf(version))
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  return (
    <form onSubmit={start} className="model-form" aria-label="Import a model">
      <FileInput
        size="xs"
        label="ONNX file"
        description="Or a .glyphmodel file, or a model that Keras saved (.keras, .h5). A classifier, or a recogniser of lines with CTC. A file that Glyphlab wrote needs nothing more than a name."
        placeholder="Choose a file"
        accept=".onnx,.glyphmodel,.keras,.h5,.hdf5"
        leftSection={<FileIcon size={14} />}
        value={file}
        onChange={(chosen) => {
          setFile(chosen)
          if (chosen && name === '')
            setName(chosen.name.replace(/\.(onnx|glyphmodel|keras|h5|hdf5)$/i, '').replace(/[/@\\]+/g, ' '))
        }}
        data-autofocus
      />
      <TextInput
        label="Model name"
        value={name}
        maxLength={200}
        required
        withAsterisk={false}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <FileInput
        size="xs"
        label="Labels"
        description="A text file with a label on each line, or a character of the alphabet."
        placeholder="In the file"
        accept=".txt,.json"
        clearable
        value={labels}
        onChange={setLabels}
      />
      <FileInput
        size="xs"
        label="Input example"
        description="A picture that the model answers, kept with the version to try it with."
        placeholder="None"
        accept="image/*"
        clearable
        value={example}
        onChange={setExample}
      />
      <Preprocessing fields={fields} onChange={setFields} />
      <FirstAliasChoice choice={firstAlias} />
      {failure && <ErrorPanel title="The model could not be imported" error={failure} />}
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={busy} disabled={!file || name.trim() === '' || !firstAlias.complete}>
          Import
        </Button>
      </Group>
    </form>
  )
}

/** The button that makes a model version of an ONNX file, and its dialog. */
export function ModelImport() {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="default" leftSection={<FileIcon size={14} />} onClick={() => setOpened(true)}>
        Import ONNX
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Import a model"
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ImportForm onClose={() => setOpened(false)} />
      </Modal>
    </>
  )
}
