import { Badge, Button } from '@mantine/core'
import { ShieldAlert, ShieldCheck, Undo2 } from 'lucide-react'
import type { AliasMove } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { confirm } from '../../../components/confirm.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { notify, notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { rollbackTarget } from './rollback-target.ts'
import './promotion.css'

const kindWords: Record<AliasMove['kind'], string> = {
  moved: 'moved',
  removed: 'removed',
  override: 'override',
  rollback: 'rolled back',
}

const place = (version: number | null): string => (version === null ? 'nowhere' : `version ${version}`)

function Signature({ signature }: Pick<AliasMove, 'signature'>) {
  if (!signature) return null
  const Icon = signature.valid ? ShieldCheck : ShieldAlert
  return (
    <span className="move-signature" data-valid={signature.valid} title={`Key ${signature.key}`}>
      <Icon size={13} aria-hidden />
      {signature.valid ? 'signed' : 'signature is wrong'}
    </span>
  )
}

function Move({ move }: { move: AliasMove }) {
  const failed = (move.gates ?? []).filter(({ passed }) => !passed)
  return (
    <tr>
      <td>
        <TimeText at={move.at} />
      </td>
      <td>
        <code className="mono">@{move.alias}</code>
      </td>
      <td>
        {place(move.from)} → <strong>{place(move.to)}</strong>
      </td>
      <td>
        <Badge variant="light" color="gray">
          {kindWords[move.kind]}
        </Badge>
      </td>
      <td className="move-reason">
        {move.reason}
        {failed.length > 0 && (
          <span className="dim"> In spite of: {failed.map(({ words }) => words).join('; ')}</span>
        )}
        <Signature signature={move.signature} />
      </td>
      <td className="dim">{move.by}</td>
    </tr>
  )
}

/** Every move of a model's aliases, and the way back. */
export function AliasHistory({ model }: { model: string }) {
  const query = useQuery(
    'models.aliasHistory',
    { model },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === model },
  )
  const moves = query.data ?? []
  const backs = [...new Set(moves.map(({ alias }) => alias))].flatMap((alias) => {
    const target = rollbackTarget(moves.filter((move) => move.alias === alias))
    return target === null ? [] : [{ alias, target }]
  })
  const rollBack = async (alias: string, target: number) => {
    const sure = await confirm({
      title: `Roll back @${alias}`,
      message: `${model}@${alias} will be version ${target} again. Gates do not hold a rollback back. It is kept in the history.`,
      action: `Roll back to version ${target}`,
    })
    if (!sure) return
    try {
      await call('models.rollback', { model, alias })
      notify({ kind: 'success', message: `${model}@${alias} is version ${target} again.` })
      query.reload()
    } catch (cause) {
      notifyError(cause)
    }
  }
  if (query.error && !query.data) return <ErrorPanel error={query.error} retry={query.reload} />
  if (moves.length === 0) return null
  return (
    <div className="alias-history">
      <Section
        title="History of the aliases"
        actions={backs.map(({ alias, target }) => (
          <Button
            key={alias}
            variant="default"
            size="compact-sm"
            leftSection={<Undo2 size={13} />}
            onClick={() => void rollBack(alias, target)}
          >
            Roll back @{alias} to version {target}
          </Button>
        ))}
      >
        <div className="table-frame">
          <table className="fact-table" aria-label={`History of the aliases of ${model}`}>
            <thead>
              <tr>
                {['When', 'Alias', 'Move', 'How', 'Why', 'By'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {moves.map((move) => (
                <Move key={move.id} move={move} />
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </div>
  )
}
