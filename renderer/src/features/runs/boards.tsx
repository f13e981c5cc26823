import { ActionIcon, Popover } from '@mantine/core'
import { LayoutDashboard, Share2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../client/rpc.ts'
import { saveFile } from '../../components/charts/chart-export.ts'
import type { ChartShelf } from '../../components/charts/chart-shelf.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { useQuery } from '../../components/use-query.ts'
import type { ChartSettings } from './chart-settings.tsx'
import { NamedList } from './named-list.tsx'

/** Keeps the board on view under a name, brings others back, and shares it as a file. */
export function Boards(props: {
  /** What stands after the `?` of the address. */
  query: string
  ids: readonly string[]
  title: string
  metrics: readonly string[]
  settings: ChartSettings
  /** The charts of runs on view: the file holds them as they are drawn now. */
  shelf: ChartShelf
}) {
  const [, navigate] = useLocation()
  const [opened, setOpened] = useState(false)
  const [sharing, setSharing] = useState(false)
  const boards = useQuery('dashboards.list', {}, { enabled: opened })

  const withName = (board: string) => {
    const params = new URLSearchParams(props.query)
    params.set('board', board)
    return params.toString()
  }
  const save = async (name: string) => {
    try {
      const board = await call('dashboards.save', { name, query: withName(name) })
      setOpened(false)
      navigate(`/runs/compare?${board.query}`, { replace: true })
      notify({ kind: 'success', message: `The board ${board.name} is kept.` })
      return true
    } catch (cause) {
      notifyError(cause)
      return false
    }
  }
  const forget = (id: string) =>
    call('dashboards.delete', { dashboard: id }).then(boards.reload).catch(notifyError)
  const share = async () => {
    setSharing(true)
    const { by, logarithmic, smoothing } = props.settings
    try {
      const { html } = await call('runs.report', {
        runIds: [...props.ids],
        title: props.title,
        metrics: [...props.metrics],
        by: by === 'time' || by === 'clock' ? 'time' : 'step',
        logarithmic,
        smoothing: smoothing.kind === 'average' ? smoothing.weight : 0,
        pictures: [...props.shelf.values()].map((chart) => ({ title: chart.title, svg: chart.svg() })),
      })
      saveFile(html, `${props.title}.html`, 'text/html')
    } catch (cause) {
      notifyError(cause)
    } finally {
      setSharing(false)
    }
  }
  return (
    <>
      <Popover position="bottom-end" shadow="md" trapFocus opened={opened} onChange={setOpened}>
        <Popover.Target>
          <ActionIcon
            size={30}
            variant="default"
            ml="auto"
            aria-label="Boards"
            title="Boards that are kept"
            onClick={() => setOpened((before) => !before)}
          >
            <LayoutDashboard size={14} />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown aria-label="Boards">
          <NamedList
            noun="board"
            label="Boards"
            mostCharacters={200}
            saveWord="Keep"
            deleteWord="Delete"
            items={boards.data}
            emptyText="Runs, charts and axes as they are now, under a name."
            onSave={save}
            onPick={(board) => {
              setOpened(false)
              navigate(`/runs/compare?${board.query}`)
            }}
            onDelete={(board) => void forget(board.id)}
          />
        </Popover.Dropdown>
      </Popover>
      <ActionIcon
        size={30}
        variant="default"
        loading={sharing}
        disabled={props.ids.length === 0}
        aria-label="Share"
        title="Share as one HTML file that opens offline: curves, charts, values, params"
        onClick={() => void share()}
      >
        <Share2 size={14} />
      </ActionIcon>
    </>
  )
}
