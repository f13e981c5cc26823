import { Button, Group, Modal, SegmentedControl, TextInput } from '@mantine/core'
import { Download, FolderSearch } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ExportedModel, ExportFormat, ModelVersion } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { WrittenFolder } from '../../components/export-state.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { formatBytes } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { versionReference } from './model-names.ts'

const descriptions: Record<ExportFormat, string> = {
  glyphmodel:
    'One signed file for another Glyphlab: files with digests, card, metrics and tags. Every byte is verified when it is imported.',
  mlflow: 'A folder that mlflow.onnx.load_model loads, with MLmodel, signature and requirements.',
  onnx: 'One file for onnxruntime and other programs: the graph with its weights, labels and preprocessing.',
  tfjs: 'A folder for TensorFlow.js: model.json, weights.bin, and glyphlab-model.json with labels and preprocessing.',
}

/** A name for the file in a folder that is chosen: without what systems forbid in names. */
const fileName = ({ model, version }: ModelVersion, format: ExportFormat): string =>
  `${model.replace(/[^\p{L}\p{N}._-]+/gu, '-')}-${version}.${format}`

const isFile = (format: ExportFormat): boolean => format === 'onnx' || format === 'glyphmodel'

/** Asks for the new file: by its path, or with the system's dialog for its folder. */
function FileField({
  value,
  onChange,
  name,
}: {
  value: string
  onChange: (path: string) => void
  name: string
}) {
  const bridge = desktop()
  const choose = async () => {
    try {
      const folder = await bridge?.chooseFolder({ title: 'Folder for the file', create: true })
      if (folder) onChange(`${folder}${folder.includes('\\') ? '\\' : '/'}${name}`)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <div className="folder-field">
      <TextInput
        label="File"
        description={
          bridge ? 'A new file.' : 'The full path of a new file on the machine that runs the engine.'
        }
        placeholder={`/home/me/${name}`}
        value={value}
        required
        withAsterisk={false}
        data-autofocus
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

function ExportForm({
  version,
  onWritten,
}: {
  version: ModelVersion
  onWritten: (written: ExportedModel) => void
}) {
  const [format, setFormat] = useState<ExportFormat>('onnx')
  const [place, setPlace] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (place.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      onWritten(
        await call('models.export', { reference: versionReference(version), format, path: place.trim() }),
      )
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setBusy(false)
  }
  return (
    <form onSubmit={start} className="model-form" aria-label="Export the model">
      <SegmentedControl
        aria-label="Format"
        data={[
          { value: 'onnx', label: 'ONNX' },
          ...(version.format === 'tfjs' ? [{ value: 'tfjs', label: 'TensorFlow.js' }] : []),
          { value: 'glyphmodel', label: 'Glyphlab' },
          { value: 'mlflow', label: 'MLflow' },
        ]}
        value={format}
        onChange={(value) => setFormat(value as ExportFormat)}
      />
      <p className="dim">{descriptions[format]}</p>
      {isFile(format) ? (
        <FileField value={place} onChange={setPlace} name={fileName(version, format)} />
      ) : (
        <FolderField value={place} onChange={setPlace} placeholder={`/home/me/digits-${format}`} />
      )}
      {failure && <ErrorPanel title="The model could not be exported" error={failure} />}
      <Group justify="flex-end" gap={8}>
        <Button type="submit" loading={busy} disabled={place.trim() === ''}>
          Export
        </Button>
      </Group>
    </form>
  )
}

/** The button that writes a version in one of the formats, and its dialog. */
export function ModelExport({ version }: { version: ModelVersion }) {
  const [opened, setOpened] = useState(false)
  const [written, setWritten] = useState<ExportedModel | null>(null)
  const open = () => {
    setWritten(null)
    setOpened(true)
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<Download size={14} />}
        disabled={version.status === 'damaged'}
        onClick={open}
      >
        Export model
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={`Export ${version.model}, version ${version.version}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {written ? (
          <div className="model-form" role="status">
            <Facts
              items={[
                [
                  isFile(written.format) ? 'File' : 'Folder',
                  <WrittenFolder key="path" directory={written.path} />,
                ],
                ['Size', formatBytes(written.bytes)],
              ]}
            />
            <Group justify="flex-end" gap={8}>
              <Button variant="default" onClick={() => setOpened(false)}>
                Close
              </Button>
            </Group>
          </div>
        ) : (
          <ExportForm version={version} onWritten={setWritten} />
        )}
      </Modal>
    </>
  )
}
