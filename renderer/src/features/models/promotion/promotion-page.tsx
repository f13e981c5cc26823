import { Autocomplete, Button, Progress } from '@mantine/core'
import { Crown, RotateCw, Settings2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { GateReport, GateResult, ModelVersion } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { notify, notifyError } from '../../../components/notices.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { useUrlState } from '../../runs/url-state.ts'
import { modelPath, versionPath } from '../model-names.ts'
import { ChangesTable } from './changes-table.tsx'
import { Flips } from './flips.tsx'
import { GateList } from './gate-list.tsx'
import { GatesDialog } from './gates-dialog.tsx'
import { OverrideDialog } from './override-dialog.tsx'
import { useGateCheck } from './use-gate-check.ts'
import './promotion.css'

function verdict(results: readonly GateResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length
  if (results.length === 0) return 'The alias has no gates: nothing holds it back.'
  return failed === 0
    ? `${results.length === 1 ? 'The gate' : `All ${results.length} gates`} passed.`
    : `${failed} of ${plural(results.length, 'gate')} failed.`
}

function Verdict({ report }: { report: GateReport }) {
  return (
    <p className="verdict" role="status" data-passed={report.passed}>
      <strong>{verdict(report.results)}</strong>{' '}
      <span className="dim">
        Checked <TimeText at={report.checkedAt} />
        {report.current ? '' : '; the gates or the alias changed since'}
      </span>
    </p>
  )
}

/** What an alias' move to a version would change, whether its gates let it, and the move. */
export function PromotionPage({ model, version: number }: { model: string; version: number }) {
  const [, navigate] = useLocation()
  const address = useUrlState()
  const alias = address.get('alias') ?? 'champion'
  const [editing, setEditing] = useState(false)
  const [overriding, setOverriding] = useState(false)
  const [busy, setBusy] = useState(false)
  const versions = useQuery(
    'models.versions',
    { model },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === model },
  )
  const version = versions.data?.find((one) => one.version === number)
  const champion = versions.data?.find((one) => one.aliases.includes(alias))
  const has = champion?.version === number
  const ready = version?.status === 'ready' && !has
  const { report, running, failure, check } = useGateCheck({ model, alias, version: number, wanted: ready })
  const known = report.data ?? null
  const failed = (known?.results ?? []).filter(({ passed }) => !passed)
  const passes = known?.current === true && known.passed

  const move = async (override?: string) => {
    setBusy(true)
    try {
      await call('models.setAlias', {
        model,
        alias,
        version: number,
        ...(override === undefined ? {} : { override }),
      })
      notify({ kind: 'success', message: `${model}@${alias} is version ${number} now.` })
      setOverriding(false)
      navigate(modelPath(model))
    } catch (cause) {
      notifyError(cause)
    }
    setBusy(false)
  }
  const crumbs = [
    { label: 'Models', href: '/models' },
    { label: model, href: modelPath(model) },
    { label: `Version ${number}`, href: versionPath(model, number) },
  ]
  return (
    <PageLayout
      title={`Promote version ${number}`}
      crumbs={crumbs}
      toolbar={
        <>
          <span className="promotion-alias">
            <label htmlFor="promotion-alias">Alias</label>
            <AliasField
              key={alias}
              alias={alias}
              known={[
                ...new Set([
                  'champion',
                  'challenger',
                  ...(versions.data ?? []).flatMap((one) => one.aliases),
                ]),
              ]}
              onChange={(next) => address.set({ alias: next })}
            />
          </span>
          <span className="dim">
            {champion ? `is version ${champion.version}` : 'is at no version'}
            {has ? '' : `, would be version ${number}`}
          </span>
          <span className="toolbar-space" />
          <Button variant="default" onClick={() => navigate(versionPath(model, number))}>
            Cancel
          </Button>
          {!passes && (
            <Button
              variant="default"
              disabled={!ready || running !== undefined || busy}
              onClick={() => setOverriding(true)}
            >
              Override
            </Button>
          )}
          <Button
            leftSection={<Crown size={14} />}
            disabled={!ready || !passes || running !== undefined}
            loading={busy}
            onClick={() => void move()}
          >
            Promote
          </Button>
        </>
      }
    >
      {versions.error && !versions.data && (
        <ErrorPanel error={versions.error} retry={versions.reload} title="The model could not be shown" />
      )}
      {!versions.data && !versions.error && <SkeletonRows rows={6} />}
      {versions.data && !version && (
        <ErrorPanel error={new Error(`The model "${model}" has no version ${number}.`)} />
      )}
      {version && (
        <div className="promotion">
          <div className="promotion-facts">
            {version.status === 'damaged' && (
              <ErrorPanel
                title="A damaged version is not promoted"
                error={new Error(version.statusMessage ?? 'A file of the version is missing or was changed.')}
              />
            )}
            {has && <p className="verdict">This version has the alias already.</p>}
            <Section
              title="Gates"
              actions={
                <>
                  <Button
                    variant="default"
                    size="compact-sm"
                    leftSection={<Settings2 size={13} />}
                    onClick={() => setEditing(true)}
                  >
                    Edit gates
                  </Button>
                  <Button
                    variant="default"
                    size="compact-sm"
                    leftSection={<RotateCw size={13} />}
                    disabled={!ready || running !== undefined}
                    onClick={check}
                  >
                    Check again
                  </Button>
                </>
              }
            >
              {running && (
                <div className="gate-progress" role="status">
                  <Progress
                    value={running.progress.value * 100}
                    size={4}
                    aria-label="Progress of the check"
                  />
                  <span className="dim">{running.progress.message}</span>
                </div>
              )}
              {failure && !running && (
                <ErrorPanel title="The gates could not be checked" error={failure} retry={check} />
              )}
              {known && (
                <>
                  <Verdict report={known} />
                  <GateList results={known.results} />
                </>
              )}
            </Section>
            <Section title="What changed">
              {champion && !has ? (
                <ChangesTable before={champion} after={version} />
              ) : (
                <p className="dim">{has ? 'It is the same version.' : 'No version has the alias yet.'}</p>
              )}
            </Section>
          </div>
          <section className="promotion-flips" aria-label="What flipped">
            {known ? <Flips report={known} /> : <SkeletonRows rows={4} />}
          </section>
        </div>
      )}
      {editing && (
        <GatesDialog
          model={model}
          alias={alias}
          onClose={() => {
            setEditing(false)
            report.reload()
            if (ready) check()
          }}
        />
      )}
      {overriding && (
        <OverrideDialog
          target={`${model}@${alias}`}
          failed={failed}
          onOverride={move}
          onClose={() => setOverriding(false)}
        />
      )}
    </PageLayout>
  )
}

function AliasField({
  alias,
  known,
  onChange,
}: {
  alias: string
  known: ModelVersion['aliases']
  onChange: (alias: string) => void
}) {
  const [text, setText] = useState(alias)
  const take = (value: string) => {
    if (value.trim() !== '' && value.trim() !== alias) onChange(value.trim())
  }
  return (
    <Autocomplete
      id="promotion-alias"
      w={150}
      data={known}
      value={text}
      maxLength={200}
      onChange={setText}
      onOptionSubmit={take}
      onBlur={() => take(text)}
      onKeyDown={(event) => event.key === 'Enter' && take(text)}
    />
  )
}
