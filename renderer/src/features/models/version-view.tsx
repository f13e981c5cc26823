import { Button } from '@mantine/core'
import { Container, Rocket } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { ImagePreprocessing, ModelVersion, TablePreprocessing } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts, Inspector } from '../../components/inspector.tsx'
import { NumberText } from '../../components/number-text.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { AliasBadges } from './alias-badges.tsx'
import { AliasEditor } from './alias-editor.tsx'
import { Classify } from './classify.tsx'
import { InferenceFacts } from './inference-facts.tsx'
import { InputExample } from './input-example.tsx'
import { ModelExport } from './model-export.tsx'
import { modelPath, servePath, shapeText, speakingReference } from './model-names.ts'
import { PredictRow } from './predict-row.tsx'
import { VersionRecord } from './record/version-record.tsx'
import { VersionFiles, verifyFiles } from './version-files.tsx'
import { VersionStatus } from './version-status.tsx'

/** How a pixel becomes a value; a line for each channel where they differ. */
function PixelText({ preprocessing: { scale, offset, perChannel } }: { preprocessing: ImagePreprocessing }) {
  const lines = perChannel
    ? ['red', 'green', 'blue'].map((name, at) => ({
        name,
        factor: perChannel.scale[at] ?? scale,
        added: perChannel.offset[at] ?? offset,
      }))
    : [{ name: '', factor: scale, added: offset }]
  return lines.map(({ name, factor, added }) => (
    <div key={name} title={`pixel × ${factor} + ${added}`}>
      {name} × <NumberText value={factor} /> + <NumberText value={added} />
    </div>
  ))
}

/** In how far an exported bundle says the same, by the kind of the model. */
const sameAnswer: Record<ModelVersion['kind'], string> = {
  'image-classifier': 'the same picture gives the same class, and probabilities within 0.00001.',
  'line-recogniser': 'the same line gives the same text.',
  'table-classifier': 'the same row gives the same class, and probabilities within 0.00001.',
  'table-regressor': 'the same row gives the same value, within 0.00001 of it.',
}

function VersionInspector({ version, onChanged }: { version: ModelVersion; onChanged: () => void }) {
  const { signature, preprocessing } = version
  return (
    <Inspector label="Details of the version">
      <Section title="Aliases">
        <AliasEditor version={version} onChanged={onChanged} />
      </Section>
      <Section title="Lineage">
        <Facts
          items={[
            [
              'Run',
              version.runId === null ? null : (
                <Link key="run" href={`/runs/${version.runId}`}>
                  {version.runName}
                </Link>
              ),
            ],
            ['Imported from', version.importedFrom],
            [
              'Dataset',
              version.datasetVersionId ? (
                <Link key="dataset" href={`/data/${version.datasetVersionId}`}>
                  {version.datasetLabel}
                </Link>
              ) : (
                version.datasetLabel
              ),
            ],
            ['Registered', <TimeText key="at" at={version.createdAt} />],
            ['Digest', <HashText key="digest" value={version.digest} label="digest" />],
          ]}
        />
      </Section>
      {Object.keys(version.metrics).length > 0 && (
        <Section title="Metrics">
          <Facts
            items={Object.entries(version.metrics).map(([key, value]) => [
              key,
              <NumberText key={key} value={value} />,
            ])}
          />
        </Section>
      )}
      <InferenceFacts version={version} onChanged={onChanged} />
      <Section title="Signature">
        <Facts
          items={[
            [
              'Input',
              `${signature.input.name}: ${signature.input.dtype}, ${shapeText(signature.input.shape)}`,
            ],
            [
              'Output',
              `${signature.output.name}: ${signature.output.dtype}, ${shapeText(signature.output.shape)}${signature.output.values === 'logits' ? ' (logits; a softmax follows)' : ''}`,
            ],
            ['Format', version.format === 'onnx' ? 'ONNX' : 'TensorFlow.js'],
            ...('columns' in preprocessing ? tableFacts(preprocessing) : pictureFacts(preprocessing)),
          ]}
        />
      </Section>
      <Section
        title={
          version.kind === 'table-regressor'
            ? 'Predicts'
            : plural(version.labels.length, version.kind === 'line-recogniser' ? 'character' : 'label')
        }
      >
        <p className="labels">{version.labels.join(version.kind === 'line-recogniser' ? ' ' : ', ')}</p>
      </Section>
      <VersionFiles version={version} onChanged={onChanged} />
    </Inspector>
  )
}

function pictureFacts(preprocessing: ImagePreprocessing): [string, ReactNode][] {
  const { width, height, channels } = preprocessing
  return [
    [
      'Pictures',
      `${width === 0 ? 'in proportion' : width} × ${height} px, ${channels === 1 ? 'grey' : 'colour'}`,
    ],
    ['Pixels', <PixelText key="pixels" preprocessing={preprocessing} />],
  ]
}

function tableFacts({ columns, unused, target }: TablePreprocessing): [string, ReactNode][] {
  const categories = columns.filter(({ kind }) => kind === 'categories').length
  return [
    ['Target', target.name],
    ['Columns', `${plural(columns.length - categories, 'number')}, ${plural(categories, 'category column')}`],
    ['Not used', unused.length === 0 ? null : unused.join(', ')],
  ]
}

/** One version of a model: what it is, where it comes from, and a place to try it. */
export function VersionView({ model, version: number }: { model: string; version: string }) {
  const [, navigate] = useLocation()
  const query = useQuery(
    'models.get',
    { reference: `${model}/${number}` },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === model },
  )
  const version = query.data
  const crumbs = [
    { label: 'Models', href: '/models' },
    { label: model, href: modelPath(model) },
  ]
  return (
    <PageLayout
      title={`Version ${number}`}
      crumbs={crumbs}
      toolbar={
        version && (
          <>
            <VersionStatus version={version} />
            <AliasBadges aliases={version.aliases} />
            <span className="toolbar-space" />
            <ModelExport version={version} />
            <Button
              leftSection={<Container size={14} />}
              disabled={version.status === 'damaged'}
              onClick={() => navigate(servePath(speakingReference(version)))}
            >
              Export as Docker bundle
            </Button>
          </>
        )
      }
      inspector={version && <VersionInspector version={version} onChanged={query.reload} />}
    >
      <div className="page-scroll">
        {query.error && !version && (
          <ErrorPanel title="The version could not be shown" error={query.error} retry={query.reload} />
        )}
        {!version && !query.error && <SkeletonRows />}
        {version?.status === 'damaged' && (
          <ErrorPanel
            title="This version is damaged and is not used"
            error={{
              code: 'DAMAGED',
              message: version.statusMessage ?? 'A file of the version is missing or was changed.',
            }}
            retry={() => void verifyFiles(version).then(query.reload)}
          />
        )}
        {version?.status === 'ready' && <InputExample version={version} />}
        {version?.status === 'ready' &&
          ('columns' in version.preprocessing ? (
            <PredictRow version={version} preprocessing={version.preprocessing} />
          ) : (
            <Classify version={version} />
          ))}
        {version?.status === 'ready' && (
          <p className="dim version-hint">
            <Rocket size={14} aria-hidden /> An export answers as this page does: {sameAnswer[version.kind]}
          </p>
        )}
        {version && <VersionRecord version={version} />}
      </div>
    </PageLayout>
  )
}
