import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight, type SpotlightActionGroupData, spotlight } from '@mantine/spotlight'
import { Search } from 'lucide-react'
import { type KeyboardEvent as ReactKeyboardEvent, useCallback, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../client/rpc.ts'
import { plural } from '../components/format.ts'
import { setJobsTrayOpen } from '../stores/jobs-store.ts'
import { places } from './routes.tsx'

export const openPalette = (): void => spotlight.open()
export const paletteKeys = navigator.platform.startsWith('Mac') ? '⌘K' : 'Ctrl K'

type Found = SpotlightActionGroupData[]
const atMostHits = 6
const atMostPages = 200

/** What the engine knows, by name; a part that can not be asked for is left out. */
async function findEverything(open: (path: string) => void): Promise<Found> {
  const [datasets, runs, models, pages] = await Promise.allSettled([
    call('datasets.list', {}),
    call('runs.list', { limit: 200 }),
    call('models.list', {}),
    call('pages.list', { limit: atMostPages }),
  ])
  const groups: Found = []
  if (datasets.status === 'fulfilled')
    groups.push({
      group: 'Datasets',
      actions: datasets.value.flatMap(({ id, name, latest }) =>
        latest
          ? [
              {
                id: `dataset ${id}`,
                label: name,
                description: `version ${latest.number}, ${plural(latest.sampleCount, 'picture')}`,
                onClick: () => open(`/data/${latest.versionId}`),
              },
            ]
          : [],
      ),
    })
  if (runs.status === 'fulfilled')
    groups.push({
      group: 'Runs',
      actions: runs.value.items.map(({ id, name, experiment }) => ({
        id: `run ${id}`,
        label: name,
        description: experiment,
        keywords: id,
        onClick: () => open(`/runs/${id}`),
      })),
    })
  if (models.status === 'fulfilled')
    groups.push({
      group: 'Models',
      actions: models.value.map(({ name, versionCount }) => ({
        id: `model ${name}`,
        label: name,
        description: plural(versionCount, 'version'),
        onClick: () => open(`/models/${encodeURIComponent(name)}`),
      })),
    })
  if (pages.status === 'fulfilled')
    groups.push({
      group: 'Pages',
      actions: pages.value.items.map(({ id, name, wordCount }) => ({
        id: `page ${id}`,
        label: name,
        description: plural(wordCount, 'word'),
        onClick: () => open(`/read/${id}`),
      })),
    })
  return groups
}

/** The pages in which the words were read, with the text around them. */
async function findText(query: string, open: (path: string) => void): Promise<Found> {
  const { items } = await call('pages.search', { text: query, limit: atMostHits })
  return [
    {
      group: 'Text on pages',
      actions: items.map(({ pageId, name, snippet }) => ({
        id: `text ${pageId}`,
        label: name,
        description: snippet.map(({ text }) => text).join(' '),
        // The search has matched it, by rules of its own.
        keywords: query,
        onClick: () => open(`/read/${pageId}?${new URLSearchParams({ q: query })}`),
      })),
    },
  ]
}

/** What comes in while the person types takes the mark off the first entry; Enter means it all the same. */
function takeFirst(event: ReactKeyboardEvent<HTMLInputElement>): void {
  if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
  const list = event.currentTarget.closest('[role=dialog]')
  if (!list?.querySelector('[data-action][data-selected]'))
    list?.querySelector<HTMLElement>('[data-action]')?.click()
}

/** Ctrl/Cmd-K: goes anywhere and does what the window can do. What the engine knows is asked for on opening. */
export function CommandPalette() {
  const [, navigate] = useLocation()
  const [found, setFound] = useState<Found>([])
  const [query, setQuery] = useState('')
  const [texts, setTexts] = useState<Found>([])
  const [settled] = useDebouncedValue(query, 150)
  useEffect(() => {
    let dropped = false
    if (settled.trim().length < 2) return setTexts([])
    findText(settled, navigate)
      // Without an engine the rest of the palette still works.
      .catch((): Found => [])
      .then((hits) => {
        if (!dropped) setTexts(hits)
      })
    return () => {
      dropped = true
    }
  }, [settled, navigate])
  const find = useCallback(() => void findEverything(navigate).then(setFound), [navigate])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const place =
        event.altKey && !event.ctrlKey && !event.metaKey ? places[Number(event.key) - 1] : undefined
      if (!place) return
      event.preventDefault()
      navigate(place.path)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [navigate])

  const commands = {
    group: 'Commands',
    actions: [
      {
        id: 'read',
        label: 'Read pictures',
        keywords: 'ocr text open',
        onClick: () => navigate('/read?open'),
      },
      {
        id: 'import',
        label: 'Import a dataset',
        keywords: 'folder',
        onClick: () => navigate('/data?import'),
      },
      { id: 'train', label: 'Train a model', keywords: 'run start', onClick: () => navigate('/runs/new') },
      { id: 'jobs', label: 'Show jobs', keywords: 'tray progress', onClick: () => setJobsTrayOpen(true) },
    ],
  }
  const goTo = {
    group: 'Go to',
    actions: places.map(({ path, title, icon: Icon }) => ({
      id: `go ${path}`,
      label: title,
      leftSection: <Icon size={16} />,
      onClick: () => navigate(path),
    })),
  }
  return (
    <Spotlight
      actions={[commands, ...found, ...texts, goTo]}
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={find}
      attributes={{ content: { 'aria-label': 'Search' } }}
      shortcut="mod + K"
      // Also from within a field: the library would leave the key to it.
      tagsToIgnore={[]}
      triggerOnContentEditable
      nothingFound="Nothing found"
      highlightQuery
      scrollable
      maxHeight={420}
      limit={40}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      transitionProps={{ duration: 80 }}
      searchProps={{
        leftSection: <Search size={16} />,
        placeholder: 'Search commands, datasets, runs, models, pages and their text',
        'aria-label': 'Search',
        onKeyDown: takeFirst,
      }}
    />
  )
}
