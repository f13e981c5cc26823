import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core'
import { ArrowLeft, ArrowRight, RotateCw, Trash2 } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import type { Box, PageRegion, RegionKind } from '../../../../core/contract/index.ts'
import { middleBox, movedByKey, useDrag } from './box-editor.tsx'

const titles: Record<RegionKind, string> = { text: 'Text', table: 'Table', ignore: 'Ignore' }

interface RegionsProps {
  regions: PageRegion[]
  chosen: number | null
  /** Of the next region that is drawn. */
  kind: RegionKind
  onChoose: (chosen: number | null) => void
  onChange: (regions: PageRegion[]) => void
}

/** Draws regions over the picture: a drag draws a new one, a click chooses the one below it. */
export function RegionsOverlay({
  regions,
  chosen,
  kind,
  width,
  height,
  onChoose,
  onChange,
}: RegionsProps & { width: number; height: number }) {
  const [drawn, setDrawn] = useState<Box | null>(null)
  const drag = useDrag(width, height, (box, isEnd, { x, y }) => {
    if (!isEnd) return setDrawn(box)
    setDrawn(null)
    if (box === null)
      return onChoose(
        regions.findLastIndex(
          (region) => x >= region.box.x0 && x <= region.box.x1 && y >= region.box.y0 && y <= region.box.y1,
        ),
      )
    onChange([...regions, { kind, box }])
    // What is chosen next is the kind of the next one, not of this.
    onChoose(null)
  })
  const size = Math.max(width, height) / 40
  return (
    <svg
      className="box-editor"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden
      {...drag}
    >
      {regions.map((region, at) => (
        // A region has no name but its place in the order.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <g key={at} className="region" data-kind={region.kind} data-chosen={at === chosen}>
          <rect
            x={region.box.x0}
            y={region.box.y0}
            width={region.box.x1 - region.box.x0}
            height={region.box.y1 - region.box.y0}
          />
          <text x={region.box.x0 + size * 0.3} y={region.box.y0 + size} fontSize={size}>
            {at + 1}
          </text>
        </g>
      ))}
      {drawn && (
        <rect
          x={drawn.x0}
          y={drawn.y0}
          width={drawn.x1 - drawn.x0}
          height={drawn.y1 - drawn.y0}
          className="box-drawn"
        />
      )}
    </svg>
  )
}

/** The regions in their order, as buttons: arrows move the chosen one, Delete removes it. */
export function RegionsBar({
  regions,
  chosen,
  kind,
  width,
  height,
  onChoose,
  onChange,
  onKind,
  onReadAgain,
  onDone,
}: RegionsProps & {
  width: number
  height: number
  onKind: (kind: RegionKind) => void
  onReadAgain: () => void
  onDone: () => void
}) {
  const region = chosen === null ? undefined : regions[chosen]
  const replace = (changed: PageRegion) => onChange(regions.map((one, at) => (at === chosen ? changed : one)))
  const remove = () => {
    onChange(regions.filter((_, at) => at !== chosen))
    onChoose(null)
  }
  const reorder = (step: 1 | -1) => {
    if (chosen === null || !region) return
    const to = chosen + step
    onChange(regions.filter((_, at) => at !== chosen).toSpliced(to, 0, region))
    onChoose(to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!region) return
    const box = movedByKey(region.box, event, width, height)
    if (box) replace({ ...region, box })
    else if (event.key === 'Delete') remove()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const action = (label: string, icon: ReactNode, onClick: () => void, disabled: boolean) => (
    <Tooltip label={label}>
      <ActionIcon size={22} aria-label={label} disabled={disabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
  return (
    <section className="regions-bar" aria-label="Regions">
      {regions.length === 0 && (
        <p className="dim">
          Draw what is to be read, in its order. With nothing but parts to ignore, all the rest is read.
        </p>
      )}
      <SegmentedControl
        size="xs"
        aria-label="Kind of region"
        data={Object.entries(titles).map(([value, label]) => ({ value, label }))}
        value={region?.kind ?? kind}
        onChange={(value) => {
          onKind(value as RegionKind)
          if (region) replace({ ...region, kind: value as RegionKind })
        }}
      />
      {regions.map(({ kind: its }, at) => (
        <Button
          // biome-ignore lint/suspicious/noArrayIndexKey: a region has no name but its place in the order
          key={at}
          size="compact-xs"
          variant={at === chosen ? 'light' : 'default'}
          aria-pressed={at === chosen}
          title="Arrows move it, with Ctrl its lower right corner; Delete removes it"
          onClick={() => onChoose(at === chosen ? null : at)}
          onKeyDown={onKeyDown}
        >
          {at + 1} {titles[its]}
        </Button>
      ))}
      <Button
        size="compact-xs"
        variant="subtle"
        onClick={() => {
          onChange([...regions, { kind, box: middleBox(width, height) }])
          onChoose(regions.length)
        }}
      >
        Add
      </Button>
      {region && chosen !== null && (
        <>
          {action('Earlier', <ArrowLeft size={14} />, () => reorder(-1), chosen === 0)}
          {action('Later', <ArrowRight size={14} />, () => reorder(1), chosen === regions.length - 1)}
          {action('Remove region', <Trash2 size={14} />, remove, false)}
        </>
      )}
      <span className="picture-tools-gap" />
      <Button
        size="compact-xs"
        leftSection={<RotateCw size={12} />}
        title="As a new page, with these regions"
        onClick={onReadAgain}
      >
        Read again
      </Button>
      <Button size="compact-xs" variant="default" onClick={onDone}>
        Done
      </Button>
    </section>
  )
}
