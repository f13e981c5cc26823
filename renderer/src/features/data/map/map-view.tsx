import { Button, SegmentedControl, Select, Tooltip } from '@mantine/core'
import { Images, Lasso, Move, SquareDashed, Trash2 } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { DatasetMap, DatasetVersion, Sample } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { confirm } from '../../../components/confirm.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, plural } from '../../../components/format.ts'
import { Facts, Inspector } from '../../../components/inspector.tsx'
import { notifyError } from '../../../components/notices.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { SamplePredictions } from '../predictions/sample-predictions.tsx'
import { SampleFacts } from '../sample-facts.tsx'
import { samplePicture, showsPixels } from '../sample-picture.ts'
import { MakeMap, MapStart } from './make-map.tsx'
import { MapCanvas, type MapTool, type PointedAt } from './map-canvas.tsx'
import { type ColourBy, coloursFor, groupsOf } from './map-groups.ts'
import { MapLegend } from './map-legend.tsx'
import { unpackFloats } from './packed.ts'

const crumbs = [{ label: 'Data', href: '/data' }]
const previews = 60

/** A version as a plane of points, alike pictures near one another: `/data/<versionId>/map?map=..&selection=..`. */
export function MapView({ versionId }: { versionId: string }) {
  const version = useQuery('datasets.version', { versionId })
  const maps = useQuery(
    'datasets.maps',
    { versionId },
    { refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  const [params] = useSearchParams()
  const error = version.error ?? maps.error
  const map = maps.data?.find(({ id }) => id === params.get('map')) ?? maps.data?.[0]
  if (version.data && maps.data)
    return map ? (
      <LoadedMap version={version.data} map={map} maps={maps.data} />
    ) : (
      <PageLayout title={version.data.datasetName} crumbs={crumbs}>
        <MapStart version={version.data} />
      </PageLayout>
    )
  return (
    <PageLayout title={version.data?.datasetName ?? 'Dataset'} crumbs={crumbs}>
      {error ? (
        <div className="page-scroll">
          <ErrorPanel error={error} retry={maps.reload} />
        </div>
      ) : (
        <SkeletonRows rows={10} />
      )}
    </PageLayout>
  )
}

/** The selection that the address names, as one flag a point; null when there is none. */
function useSelection(version: DatasetVersion) {
  const [params, setParams] = useSearchParams()
  const kept = params.get('selection')
  const stored = useQuery(
    'datasets.selection',
    { versionId: version.id, selectionId: kept ?? '' },
    { enabled: kept !== null },
  )
  const ordinals = kept === null ? null : (stored.data?.ordinals ?? null)
  const flags = useMemo(() => {
    if (ordinals === null) return null
    const all = new Uint8Array(version.sampleCount)
    for (const ordinal of ordinals) all[ordinal] = 1
    return all
  }, [ordinals, version.sampleCount])
  const set = (id: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (id === null) next.delete('selection')
        else next.set('selection', id)
        return next
      },
      { replace: true },
    )
  const select = (points: number[], add: boolean) => {
    const all = add && ordinals ? [...new Set([...ordinals, ...points])] : points
    if (all.length === 0) set(null)
    else
      call('datasets.keepSelection', { versionId: version.id, ordinals: all })
        .then(({ selectionId }) => set(selectionId))
        .catch(notifyError)
  }
  return {
    id: ordinals === null ? null : kept,
    count: ordinals?.length ?? 0,
    flags,
    select,
    clear: () => set(null),
  }
}

function LoadedMap({
  version,
  map,
  maps,
}: {
  version: DatasetVersion
  map: DatasetMap
  maps: readonly DatasetMap[]
}) {
  const [, navigate] = useLocation()
  const [params, setParams] = useSearchParams()
  const [tool, setTool] = useState<MapTool>('pan')
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [pointed, setPointed] = useState<PointedAt | null>(null)
  const sample = usePointedSample(version.id, pointed)
  const selection = useSelection(version)
  const coordinates = useQuery('datasets.mapCoordinates', { mapId: map.id })
  const points = useQuery('datasets.points', { versionId: version.id })
  const predictions = useQuery(
    'datasets.predictions',
    { versionId: version.id },
    { refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  const asked = predictions.data ?? []
  const prediction = asked.find(({ id }) => id === params.get('prediction')) ?? asked[0]
  const choices = points.data ? coloursFor(points.data, asked) : []
  const by: ColourBy = choices.find(({ value }) => value === params.get('colour'))?.value ?? 'class'
  const outcomes = useQuery(
    'datasets.predictionPoints',
    { predictionId: prediction?.id ?? '' },
    { enabled: by === 'outcome' && prediction !== undefined },
  )
  const places = useMemo(
    () => (coordinates.data ? unpackFloats(coordinates.data.coordinates) : null),
    [coordinates.data],
  )
  const told = outcomes.data?.outcomes ?? null
  const grouping = useMemo(
    () => (points.data ? groupsOf(points.data, by, told) : null),
    [points.data, by, told],
  )
  const shown = useMemo(() => {
    if (!grouping) return null
    const left = grouping.groups.map(({ id }) => (hidden.has(id) ? 0 : 1))
    return Uint8Array.from(grouping.of, (group) => left[group] ?? 1)
  }, [grouping, hidden])
  const set = (key: string, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        next.set(key, value)
        return next
      },
      { replace: true },
    )
  const error = coordinates.error ?? points.error ?? outcomes.error
  const toGrid = () => navigate(`/data/${version.id}?selection=${selection.id}`)

  return (
    <PageLayout
      title={version.datasetName}
      crumbs={crumbs}
      toolbar={
        <>
          <Select
            aria-label="Map"
            className="map-choice"
            allowDeselect={false}
            data={maps.map((each) => ({
              value: each.id,
              label: `${each.title} · seed ${each.seed}${maps.filter(({ title, seed }) => title === each.title && seed === each.seed).length > 1 ? ` · ${each.neighbours} neighbours` : ''}`,
            }))}
            value={map.id}
            onChange={(id) => id !== null && set('map', id)}
          />
          <MakeMap version={version} />
          <span className="dim">Colour</span>
          <Select
            aria-label="Colour by"
            className="map-colour"
            allowDeselect={false}
            data={choices}
            value={by}
            onChange={(value) => {
              if (value === null) return
              setHidden(new Set())
              set('colour', value)
            }}
          />
          {by === 'outcome' && asked.length > 1 && (
            <Select
              aria-label="Predictions of"
              className="map-choice"
              allowDeselect={false}
              data={asked.map(({ id, title }) => ({ value: id, label: title }))}
              value={prediction?.id ?? null}
              onChange={(id) => id !== null && set('prediction', id)}
            />
          )}
          <SegmentedControl
            aria-label="Dragging"
            value={tool}
            onChange={(value) => setTool(value as MapTool)}
            data={[
              { value: 'pan', label: <ToolLabel icon={<Move size={13} />} text="Pan" /> },
              { value: 'rectangle', label: <ToolLabel icon={<SquareDashed size={13} />} text="Rectangle" /> },
              { value: 'lasso', label: <ToolLabel icon={<Lasso size={13} />} text="Lasso" /> },
            ]}
          />
          <span className="map-grow" />
          <span className="dim tabular" role="status">
            {selection.count > 0
              ? `${plural(selection.count, 'picture')} selected`
              : plural(version.sampleCount, 'picture')}
          </span>
          <Button leftSection={<Images size={14} />} disabled={selection.id === null} onClick={toGrid}>
            Show these in the grid
          </Button>
        </>
      }
      sidebar={
        grouping && (
          <MapLegend
            title={choices.find(({ value }) => value === by)?.label ?? ''}
            groups={grouping.groups.filter(({ count }) => count > 0)}
            hidden={hidden}
            onHidden={setHidden}
          />
        )
      }
      inspector={
        <Inspector label="Details">
          {selection.id !== null && (
            <Section
              title={`${formatNumber(selection.count, 7)} selected`}
              actions={
                <Button size="compact-xs" variant="subtle" onClick={selection.clear}>
                  Clear
                </Button>
              }
            >
              <SelectedPictures
                versionId={version.id}
                selectionId={selection.id}
                total={selection.count}
                onAll={toGrid}
              />
            </Section>
          )}
          <PointedSection versionId={version.id} sample={sample} />
          <MapFacts map={map} />
          <p id="map-keys" className="dim map-note">
            Wheel, + and − zoom; 0 shows all; arrows move. The point nearest the cross is described. Space
            selects it, S selects what is on view, Esc clears, Enter opens the picture.
          </p>
        </Inspector>
      }
    >
      {error ? (
        <div className="page-scroll">
          <ErrorPanel error={error} retry={coordinates.reload} />
        </div>
      ) : places && grouping && shown ? (
        <div className="map-area">
          <MapCanvas
            label={`Map of ${version.datasetName} by ${map.title}`}
            places={places}
            grouping={grouping}
            shown={shown}
            selected={selection.flags}
            tool={tool}
            onPoint={setPointed}
            onOpen={(point) => navigate(`/data/${version.id}?sample=${point}`)}
            onSelect={selection.select}
            onClear={selection.clear}
          />
          {pointed && sample?.ordinal === pointed.point && <PointedCard sample={sample} pointed={pointed} />}
          {map.laidOut < map.sampleCount && (
            <p className="map-partial">
              {formatNumber(map.laidOut, 7)} of {formatNumber(map.sampleCount, 7)} pictures, drawn by chance,
              are laid out; the others stand among their nearest neighbours.
            </p>
          )}
        </div>
      ) : (
        <SkeletonRows rows={10} />
      )}
    </PageLayout>
  )
}

const ToolLabel = ({ icon, text }: { icon: ReactNode; text: string }) => (
  <span className="map-tool">
    {icon}
    {text}
  </span>
)

/** The sample of a point; the last one stays until the next is there. */
function usePointedSample(versionId: string, pointed: PointedAt | null): Sample | undefined {
  const [asked, setAsked] = useState<number | null>(null)
  const point = pointed?.point ?? null
  useEffect(() => {
    if (point === null) return
    const timer = setTimeout(() => setAsked(point), 40)
    return () => clearTimeout(timer)
  }, [point])
  const answer = useQuery(
    'datasets.samples',
    { versionId, offset: asked ?? 0, limit: 1 },
    { enabled: asked !== null },
  )
  return asked === null ? undefined : answer.data?.items[0]
}

function PointedCard({ sample, pointed }: { sample: Sample; pointed: PointedAt }) {
  return (
    <div
      className="map-card"
      style={{
        transform: `translate(${pointed.x + (pointed.room.right ? 12 : -12)}px, ${pointed.y + (pointed.room.below ? 12 : -12)}px) translate(${pointed.room.right ? 0 : -100}%, ${pointed.room.below ? 0 : -100}%)`,
      }}
    >
      <img src={samplePicture(sample, 96)} alt="" data-pixels={showsPixels(sample, 96)} />
      <span className="truncate">{sample.label === '' ? sample.path : sample.label}</span>
    </div>
  )
}

function PointedSection({ versionId, sample }: { versionId: string; sample: Sample | undefined }) {
  if (!sample)
    return (
      <Section title="Picture">
        <p className="dim map-note">Point at one to see it.</p>
      </Section>
    )
  return (
    <Section title="Picture">
      <div className="map-picture">
        <img src={samplePicture(sample, 256)} alt={sample.path} data-pixels={showsPixels(sample, 256)} />
      </div>
      <div aria-live="polite">
        <SampleFacts sample={sample} />
        <SamplePredictions versionId={versionId} ordinal={sample.ordinal} />
      </div>
    </Section>
  )
}

function SelectedPictures({
  versionId,
  selectionId,
  total,
  onAll,
}: {
  versionId: string
  selectionId: string
  total: number
  onAll: () => void
}) {
  const selected = useQuery('datasets.samples', { versionId, selection: selectionId, limit: previews })
  return (
    <>
      <div className="map-previews">
        {selected.data?.items.map((sample) => (
          <img
            key={sample.ordinal}
            src={samplePicture(sample, 40)}
            alt={sample.label === '' ? sample.path : sample.label}
            title={sample.path}
            loading="lazy"
            data-pixels={showsPixels(sample, 40)}
          />
        ))}
      </div>
      {total > previews && (
        <button type="button" className="link-button" onClick={onAll}>
          Show all {formatNumber(total, 7)}
        </button>
      )}
    </>
  )
}

function MapFacts({ map }: { map: DatasetMap }) {
  const remove = async () => {
    const agreed = await confirm({
      title: 'Delete this map?',
      message: 'The pictures stay. The same seed makes the same map again.',
      action: 'Delete',
    })
    if (agreed) await call('datasets.deleteMap', { mapId: map.id }).catch(notifyError)
  }
  return (
    <Section
      title="Map"
      actions={
        <Tooltip label="Delete this map">
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            aria-label="Delete this map"
            onClick={remove}
          >
            <Trash2 size={13} />
          </Button>
        </Tooltip>
      }
    >
      <Facts
        items={[
          ['By', map.title],
          ['Method', 'UMAP'],
          ['Seed', String(map.seed)],
          ['Neighbours', String(map.neighbours)],
          ['Laid out', formatNumber(map.laidOut, 7)],
          ['Took', `${formatNumber(map.seconds)} s`],
          ['Made', <TimeText key="made" at={map.createdAt} />],
        ]}
      />
    </Section>
  )
}
