import { ActionIcon, Button, Popover, TextInput } from '@mantine/core'
import { LayoutDashboard, Share2, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../client/rpc.ts'
import { saveFile } from '../../components/charts/chart-export.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { useQuery } from '../../components/use-query.ts'
import type { ChartSettings } from './chart-settings.tsx'

/** Keeps the board on view under a name, brings others back, and shares it as a file. */
export function Boards(props: {
  /** What stands after the `?` of the address. */
  query: string
  ids: readonly string[]
  title: string
  metrics: readonly string[]
  settings: ChartSettings
}) {
  const [, navigate] = useLocation()
  const [opened, setOpened] = useState(false)
  const [name, setName] = useState('')
  const [sharing, setSharing] = useState(false)
  const boards = useQuery('dashboards.list', {}, { enabled: opened })
  const known = boards.data ?? []

  const withName = (board: string) => {
    const params = new URLSearchParams(props.query)
    params.set('board', board)
    return params.toString()
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    try {
      const board = await call('dashboards.save', { name: name.trim(), query: withName(name.trim()) })
      setName('')
      setOpened(false)
      navigate(`/runs/compare?${board.query}`, { replace: true })
      notify({ kind: 'success', message: `The board ${board.name} is kept.` })
    } catch (cause) {
      notifyError(cause)
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
          <Button
            variant="default"
            ml="auto"
            leftSection={<LayoutDashboard size={14} />}
            onClick={() => setOpened((before) => !before)}
          >
            Boards
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Boards">
          <form onSubmit={save} className="view-form">
            <TextInput
              aria-label="Name of the board"
              placeholder="Name of this board"
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Button type="submit" disabled={name.trim() === ''}>
              {known.some((board) => board.name === name.trim()) ? 'Replace' : 'Keep'}
            </Button>
          </form>
          {boards.data && known.length === 0 && (
            <p className="dim">Runs, charts and axes as they are now, under a name.</p>
          )}
          {known.length > 0 && (
            <ul className="view-list" aria-label="Boards">
              {known.map((board) => (
                <li key={board.id}>
                  <Button
                    variant="subtle"
                    justify="flex-start"
                    onClick={() => {
                      setOpened(false)
                      navigate(`/runs/compare?${board.query}`)
                    }}
                  >
                    {board.name}
                  </Button>
                  <ActionIcon
                    size={24}
                    aria-label={`Delete the board ${board.name}`}
                    onClick={() => void forget(board.id)}
                  >
                    <Trash2 size={14} />
                  </ActionIcon>
                </li>
              ))}
            </ul>
          )}
        </Popover.Dropdown>
      </Popover>
      <Button
        variant="default"
        leftSection={<Share2 size={14} />}
        loading={sharing}
        disabled={props.ids.length === 0}
        title="One HTML file that opens offline: curves, values, params"
        onClick={() => void share()}
      >
        Share
      </Button>
    </>
  )
}
