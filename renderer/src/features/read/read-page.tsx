import { ActionIcon, Button, Tooltip } from '@mantine/core'
import {
  ChartNoAxesColumn,
  Database,
  FileImage,
  FolderOpen,
  FolderOutput,
  Replace,
  ScanText,
  Settings2,
  Trash2,
} from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { FileSource, PageSummary } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { costAccepted } from '../../components/reading-cost.ts'
import { nothingSelected, type Selection, selectOnly } from '../../components/selection.ts'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { pathSource, sampleSource, sourcesFromFiles } from '../../components/sources.ts'
import { useChunks } from '../../components/use-chunks.ts'
import { useQuery } from '../../components/use-query.ts'
import { useReadingOptions } from '../../stores/reading-options.ts'
import { CompareDialog } from './comparing/compare-dialog.tsx'
import { ComparePage } from './comparing/compare-page.tsx'
import { engineTitle } from './engine-title.ts'
import { pageAddress, searchedFor } from './page-address.ts'
import { PageDatasetDialog } from './page-dataset-dialog.tsx'
import { PageExportDialog } from './page-export-dialog.tsx'
import { PageList } from './page-list.tsx'
import { SearchField, SearchResults } from './page-search.tsx'
import { PageViewer } from './page-viewer.tsx'
import { ReadingDialog } from './reading-dialog.tsx'
import { RemovedPages } from './removed-pages.tsx'
import { ReplaceDialog } from './replace-dialog.tsx'
import './read.css'

/** Buttons that bring pictures in: a dialog (the desktop's or the browser's) and, when asked, the shipped samples. */
function OpenButtons({ onRead, samples }: { onRead: (files: FileSource[]) => void; samples: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  const shipped = useQuery('samples.list', {}, { enabled: samples })
  const search = useSearch()
  const [, navigate] = useLocation()
  const open = async () => {
    const bridge = desktop()
    if (!bridge) return input.current?.click()
    const paths = await bridge.chooseFiles({ title: 'Read pictures', multiple: true, pictures: true })
    if (paths.length > 0) onRead(paths.map(pathSource))
  }
  const latestOpen = useRef(open)
  latestOpen.current = open
  useEffect(() => {
    if (!new URLSearchParams(search).has('open')) return
    navigate('/read', { replace: true })
    latestOpen.current().catch(notifyError)
  }, [search, navigate])

  const readable = (shipped.data ?? []).filter(({ use }) => use === 'ocr')
  return (
    <>
      <Button leftSection={<FolderOpen size={14} />} onClick={() => open().catch(notifyError)}>
        Read pictures
      </Button>
      {samples && readable.length > 0 && (
        <Button
          variant="default"
          leftSection={<FileImage size={14} />}
          title={readable.map(({ title, licence }) => `${title} (${licence})`).join('\n')}
          onClick={() => onRead(readable.map(({ id }) => sampleSource(id)))}
        >
          {readable.length === 1 ? 'Read the sample' : `Read ${readable.length} samples`}
        </Button>
      )}
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/*,.tif,.tiff,.bmp"
        aria-label="Pictures to read"
        onChange={(event) => {
          const chosen = Array.from(event.currentTarget.files ?? [])
          event.currentTarget.value = ''
          if (chosen.length > 0) sourcesFromFiles(chosen).then(onRead).catch(notifyError)
        }}
      />
    </>
  )
}

/** Read: `/read`, `/read/<pageId>`, and `/read/compare` with what is below it. */
export default function ReadPage() {
  const [location] = useLocation()
  return location.split('/')[2] === 'compare' ? <ComparePage /> : <ReadPages />
}

/** Pictures become text beside their picture. */
function ReadPages() {
  const [location, navigate] = useLocation()
  const pageId = location.split('/')[2]
  const search = searchedFor(useSearch())
  const engine = useReadingOptions((options) => options.engine)
  const [dialog, setDialog] = useState<'export' | 'dataset' | 'reading' | 'replace' | 'compare' | null>(null)
  const pages = useChunks<PageSummary>(
    'pages',
    (offset, limit, signal) => call('pages.list', { offset, limit }, { signal }),
    {
      refreshOn: (event) =>
        event.type === 'page.changed' || (event.type === 'job.ended' && event.job.kind === 'ocr'),
    },
  )
  const [selection, setSelection] = useState<Selection>(pageId ? selectOnly(pageId) : nothingSelected)
  const firstId = pages.at(0)?.id

  // The address names the page on view, so that back and forward work.
  useEffect(() => {
    if (pageId !== undefined) setSelection((now) => (now.active === pageId ? now : selectOnly(pageId)))
    else if (firstId !== undefined) navigate(pageAddress(firstId, search), { replace: true })
  }, [pageId, firstId, search, navigate])

  const select = (next: Selection) => {
    setSelection(next)
    if (next.active !== null && next.active !== pageId) navigate(pageAddress(next.active, search))
  }
  const read = async (files: FileSource[]) => {
    try {
      const options = useReadingOptions.getState()
      if (!(await costAccepted([options.engine], { files }))) return
      const { pageIds } = await call('pages.read', { files, ...options })
      pages.reload()
      if (pageIds[0] !== undefined) navigate(`/read/${pageIds[0]}`)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const restore = async (pageIds: string[]) => {
    try {
      await call('pages.restore', { pageIds })
      pages.reload()
      if (pageIds[0] !== undefined) navigate(pageAddress(pageIds[0], search))
    } catch (cause) {
      notifyError(cause)
    }
  }
  const move = (moved: string, to: 'before' | 'behind', other: string) =>
    void call('pages.arrange', { pageId: moved, change: { kind: 'move', to, pageId: other } })
      .then(() => pages.reload())
      .catch(notifyError)
  const readAgain = async () => {
    if (pageId === undefined) return
    try {
      const options = useReadingOptions.getState()
      if (!(await costAccepted([options.engine], { pages: 1 }))) return
      const { pageIds } = await call('pages.readAgain', { pageIds: [pageId], ...options })
      pages.reload()
      if (pageIds[0] !== undefined) navigate(`/read/${pageIds[0]}`)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const remove = async () => {
    const pageIds = [...selection.selected]
    if (pageIds.length === 0) return
    try {
      await call('pages.remove', { pageIds })
      notify({
        kind: 'info',
        message: `${plural(pageIds.length, 'page')} removed.`,
        action: { label: 'Undo', run: () => void restore(pageIds) },
      })
      setSelection(nothingSelected)
      pages.reload()
      navigate('/read', { replace: true })
    } catch (cause) {
      notifyError(cause)
    }
  }

  const title = pageTitle(pages, pageId)
  const { show } = pages
  useEffect(() => show(0, 0), [show])

  if (pages.total === undefined)
    return (
      <PageLayout title="Read">
        {pages.error ? (
          <div className="page-scroll">
            <ErrorPanel error={pages.error} retry={pages.reload} />
          </div>
        ) : (
          <SkeletonRows />
        )}
      </PageLayout>
    )
  if (pages.total === 0)
    return (
      <PageLayout title="Read">
        <EmptyState
          icon={ScanText}
          title="Turn pictures into text"
          text="Drop or paste pictures of pages anywhere in this window. The text appears beside its picture, to check, correct and copy."
        >
          <OpenButtons onRead={read} samples />
        </EmptyState>
      </PageLayout>
    )
  return (
    <PageLayout
      title={title}
      crumbs={title === 'Read' ? [] : [{ label: 'Read', href: '/read' }]}
      toolbar={
        <>
          <OpenButtons onRead={read} samples={false} />
          <Button
            variant="default"
            leftSection={<Settings2 size={14} />}
            title="Engine, layout and preprocessing"
            onClick={() => setDialog('reading')}
          >
            {engine === 'tesseract' ? 'How to read' : `Read with ${engineTitle(engine)}`}
          </Button>
          <span className="dim read-hint">or drop and paste pictures anywhere</span>
          <SearchField
            value={search}
            onChange={(next) => navigate(pageAddress(pageId, next), { replace: true })}
          />
          <Tooltip label="Find and replace">
            <ActionIcon
              size={30}
              variant="default"
              aria-label="Find and replace"
              onClick={() => setDialog('replace')}
            >
              <Replace size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Compare ways to read">
            <ActionIcon
              size={30}
              variant="default"
              aria-label="Compare ways to read"
              onClick={() => setDialog('compare')}
            >
              <ChartNoAxesColumn size={14} />
            </ActionIcon>
          </Tooltip>
          <Button variant="default" leftSection={<Database size={14} />} onClick={() => setDialog('dataset')}>
            Make a dataset
          </Button>
          <Button
            variant="default"
            leftSection={<FolderOutput size={14} />}
            disabled={selection.selected.size === 0}
            onClick={() => setDialog('export')}
          >
            {selection.selected.size > 1 ? `Export ${plural(selection.selected.size, 'page')}` : 'Export'}
          </Button>
          {selection.selected.size > 1 && (
            <Button variant="default" leftSection={<Trash2 size={14} />} onClick={() => void remove()}>
              Remove {plural(selection.selected.size, 'page')}
            </Button>
          )}
        </>
      }
      sidebar={
        search.trim() === '' ? (
          <PageList
            pages={pages}
            selection={selection}
            onSelect={select}
            onDelete={() => void remove()}
            onMove={move}
            foot={<RemovedPages onChanged={pages.reload} />}
          />
        ) : (
          <SearchResults search={search} pageId={pageId} />
        )
      }
    >
      {pageId && (
        <PageViewer
          key={pageId}
          pageId={pageId}
          search={search}
          onDelete={() => void remove()}
          onReadAgain={() => void readAgain()}
        />
      )}
      {dialog === 'reading' && (
        <ReadingDialog
          pageIds={idsInOrder(pages, selection)}
          pageId={pageId}
          onRead={(read) => {
            pages.reload()
            if (read[0] !== undefined) navigate(`/read/${read[0]}`)
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'export' && (
        <PageExportDialog pageIds={idsInOrder(pages, selection)} onClose={() => setDialog(null)} />
      )}
      {dialog === 'replace' && (
        <ReplaceDialog
          pageIds={idsInOrder(pages, selection)}
          search={search}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'compare' && (
        <CompareDialog
          pageIds={idsInOrder(pages, selection)}
          onBegun={(id) => navigate(`/read/compare/${id}`)}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'dataset' && (
        <PageDatasetDialog pageIds={idsInOrder(pages, selection)} onClose={() => setDialog(null)} />
      )}
    </PageLayout>
  )
}

interface Listed {
  total: number | undefined
  at: (index: number) => PageSummary | undefined
}

/** The selected pages, the oldest document first and each document's in their order: the list has the newest first. */
function idsInOrder(pages: Listed, { selected }: Selection): string[] {
  const documents = new Map<string, string[]>()
  for (let index = 0; index < (pages.total ?? 0); index += 1) {
    const page = pages.at(index)
    if (page && selected.has(page.id))
      documents.set(page.document, [...(documents.get(page.document) ?? []), page.id])
  }
  const known = [...documents.values()].reverse().flat()
  return [...known, ...[...selected].filter((id) => !known.includes(id))]
}

function pageTitle(pages: Listed, pageId: string | undefined): string {
  for (let index = 0; index < (pages.total ?? 0); index += 1) {
    const page = pages.at(index)
    if (page?.id === pageId && page) return page.name
  }
  return 'Read'
}
