import { Button, MultiSelect, PasswordInput, SegmentedControl, Table, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MlflowServerFacts, RunSync, ServerAccess } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatDuration, formatNumber, plural } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'

const accessKinds: readonly { value: ServerAccess['kind']; label: string }[] = [
  { value: 'none', label: 'No password' },
  { value: 'password', label: 'User and password' },
  { value: 'token', label: 'Token' },
]
const accessWords: Record<RunSync['access'], string> = {
  none: '',
  password: 'with user and password',
  token: 'with a token',
}
const hostOf = (address: string): string => URL.parse(address)?.host ?? address

/** Whether somebody on the way could read what is sent. */
function isOpenWay(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(url.hostname)
}

function SyncRow({ sync }: { sync: RunSync }) {
  const { id, url, experiment, runs, sentAt, sending, problem, warnings, access } = sync
  const whose = experiment === null ? hostOf(url) : `${experiment} to ${hostOf(url)}`
  return (
    <Table.Tr>
      <Table.Td className="mono settings-path">
        {url}
        {access !== 'none' && <span className="dim"> {accessWords[access]}</span>}
        {problem !== null && <div className="settings-problem">{problem} It is tried again.</div>}
        {warnings.length > 0 && (
          <details className="settings-warnings">
            <summary>{plural(warnings.length, 'thing')} could not be given to it</summary>
            <ul>
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </details>
        )}
      </Table.Td>
      <Table.Td>{experiment ?? 'All'}</Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatNumber(runs)}
      </Table.Td>
      <Table.Td className="settings-nowrap">
        {sending ? 'Sending' : sentAt === null ? 'Not yet' : <TimeText at={sentAt} />}
      </Table.Td>
      <Table.Td ta="right" className="settings-nowrap">
        <Button
          size="compact-xs"
          variant="default"
          mr={8}
          disabled={sending}
          aria-label={`Send now: ${whose}`}
          onClick={() => call('runs.syncNow', { syncId: id }).catch(notifyError)}
        >
          Send now
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Stop sending ${whose}`}
          onClick={() => call('runs.unsync', { syncId: id }).catch(notifyError)}
        >
          Stop
        </Button>
      </Table.Td>
    </Table.Tr>
  )
}

function NewServer() {
  const experiments = useQuery(
    'experiments.list',
    { lifecycle: 'active' },
    { refreshOn: ({ type }) => type === 'run.changed' },
  )
  const [address, setAddress] = useState('')
  const [chosen, setChosen] = useState<string[]>([])
  const [kind, setKind] = useState<ServerAccess['kind']>('none')
  const [user, setUser] = useState('')
  const [secret, setSecret] = useState('')
  const [busy, setBusy] = useState<'check' | 'send' | null>(null)
  const [found, setFound] = useState<MlflowServerFacts | null>(null)
  const [error, setError] = useState<{ title: string; cause: Error } | null>(null)

  const url = address.trim()
  const isReady =
    url !== '' && (kind !== 'password' || user.trim() !== '') && (kind === 'none' || secret !== '')
  const access = (): { access?: ServerAccess } =>
    kind === 'none'
      ? {}
      : { access: kind === 'token' ? { kind, token: secret } : { kind, user: user.trim(), password: secret } }
  const run = async (what: 'check' | 'send', title: string, work: () => Promise<void>) => {
    setBusy(what)
    setError(null)
    setFound(null)
    try {
      await work()
    } catch (cause) {
      setError({ title, cause: cause instanceof Error ? cause : new Error(String(cause)) })
    } finally {
      setBusy(null)
    }
  }
  const check = () =>
    run('check', 'No connection', async () => setFound(await call('runs.checkServer', { url, ...access() })))
  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (!isReady) return
    const all = experiments.data ?? []
    const wanted = chosen.length === 0 ? all : all.filter(({ name }) => chosen.includes(name))
    const runs = wanted.reduce((sum, experiment) => sum + experiment.runs, 0)
    const yes = await confirm({
      title: `Send runs to ${hostOf(url)}?`,
      message: `${plural(runs, 'run')} of ${chosen.length === 0 ? 'all experiments' : plural(chosen.length, 'experiment')} with their params, metrics, tags, notes, files, and what is known of machine and code. From then on it gets what changes of them, while Glyphlab runs.`,
      action: 'Send',
    })
    if (!yes) return
    await run('send', 'Nothing is sent', async () => {
      const each = chosen.length === 0 ? [{}] : chosen.map((experiment) => ({ experiment }))
      for (const one of each) await call('runs.sync', { url, ...one, ...access() })
      setAddress('')
      setChosen([])
      setKind('none')
      setUser('')
      setSecret('')
    })
  }
  const change = (set: () => void) => {
    set()
    setFound(null)
  }

  return (
    <form className="settings-sync" onSubmit={(event) => void send(event)} aria-label="New MLflow server">
      <div className="settings-sync-fields">
        <TextInput
          label="Server"
          placeholder="http://mlflow.lan:5000"
          value={address}
          onChange={(event) => {
            const { value } = event.currentTarget
            change(() => setAddress(value))
          }}
        />
        <MultiSelect
          size="xs"
          label="Experiments to send"
          placeholder={chosen.length === 0 ? 'All, also later ones' : ''}
          searchable
          clearable
          data={(experiments.data ?? []).map(({ name }) => name)}
          value={chosen}
          onChange={setChosen}
        />
      </div>
      <SegmentedControl
        aria-label="How the server is told who you are"
        value={kind}
        onChange={(value) => change(() => setKind(value as ServerAccess['kind']))}
        data={[...accessKinds]}
      />
      {kind !== 'none' && (
        <div className="settings-sync-fields">
          {kind === 'password' && (
            <TextInput
              label="User name"
              autoComplete="off"
              value={user}
              onChange={(event) => {
                const { value } = event.currentTarget
                change(() => setUser(value))
              }}
            />
          )}
          <PasswordInput
            size="xs"
            label={kind === 'token' ? 'Access token' : 'Password'}
            autoComplete="off"
            value={secret}
            onChange={(event) => {
              const { value } = event.currentTarget
              change(() => setSecret(value))
            }}
          />
        </div>
      )}
      {kind !== 'none' && (
        <p className="dim">
          It is kept in a file of the data folder that only you can read, until nothing is sent there any
          more.
          {isOpenWay(url) && ' It goes there unencrypted: use an https address where there is one.'}
        </p>
      )}
      {error && <ErrorPanel title={error.title} error={error.cause} />}
      <div className="settings-vision-actions">
        <Button
          size="compact-sm"
          variant="default"
          disabled={!isReady || busy !== null}
          loading={busy === 'check'}
          onClick={() => void check()}
        >
          Test connection
        </Button>
        <Button
          type="submit"
          size="compact-sm"
          disabled={!isReady || busy !== null}
          loading={busy === 'send'}
        >
          Send runs…
        </Button>
        {found && (
          <span className="dim" role="status">
            {found.version === null ? 'The server' : `MLflow ${found.version}`} answers, in{' '}
            {formatDuration(found.ms)}. No run was sent.
          </span>
        )}
      </div>
    </form>
  )
}

/** MLflow servers that get the runs: nothing is sent before somebody says so here. */
export function SyncServers() {
  const syncs = useQuery('runs.syncs', {}, { refreshOn: ({ type }) => type === 'sync.changed' })
  return (
    <Section title="MLflow servers">
      <p className="dim">
        A server can get your runs, and what changes of them, to share them with others. What it has stays
        there when the sending is stopped.
      </p>
      {syncs.error && <ErrorPanel error={syncs.error} retry={syncs.reload} />}
      {syncs.data && syncs.data.length > 0 && (
        <Table aria-label="MLflow servers">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Server</Table.Th>
              <Table.Th>Experiment</Table.Th>
              <Table.Th ta="right">Runs</Table.Th>
              <Table.Th>Sent</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {syncs.data.map((one) => (
              <SyncRow key={one.id} sync={one} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <NewServer />
    </Section>
  )
}
