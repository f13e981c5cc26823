import { NumberInput, Switch } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { GlyphlabError, type MlflowServing as MlflowServingState } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'

const usualPort = 5_000

/** Answers Python's own MLflow client on a port of this machine, while the switch is on. */
export function MlflowServing() {
  const [url, setUrl] = useState<string | null>()
  const [port, setPort] = useState(usualPort)
  const [always, setAlways] = useState(false)
  const [busy, setBusy] = useState(false)
  const show = useCallback((serving: MlflowServingState) => {
    setUrl(serving.url)
    setPort(serving.port)
    setAlways(serving.always)
  }, [])
  useEffect(() => {
    call('tracking.serveMlflow', { action: 'status' }).then(show, (cause: unknown) => {
      if (!(cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE')) notifyError(cause)
    })
  }, [show])
  const turn = async (on: boolean, everyStart = always) => {
    setBusy(true)
    try {
      const serving = await call('tracking.serveMlflow', {
        action: on ? 'start' : 'stop',
        port,
        always: everyStart,
      })
      show(serving)
    } catch (cause) {
      notifyError(cause)
    } finally {
      setBusy(false)
    }
  }
  const line = url ? `mlflow.set_tracking_uri("${url}")` : null
  return (
    <Section title="Python">
      <p className="dim">
        Scripts that log with MLflow can log here. Any program on this machine can reach the port while it is
        open, pages of a browser can't.
      </p>
      <div className="settings-serving">
        <Switch
          label="Serve MLflow's API"
          checked={Boolean(url)}
          disabled={busy || url === undefined}
          onChange={(event) => void turn(event.currentTarget.checked)}
        />
        <NumberInput
          aria-label="Port"
          w={96}
          min={0}
          max={65_535}
          value={port}
          disabled={Boolean(url)}
          onChange={(value) => setPort(typeof value === 'number' ? value : usualPort)}
        />
        {line && (
          <>
            <code className="mono">{line}</code>
            <CopyButton value={line} label="the line of Python" />
          </>
        )}
      </div>
      <Switch
        mt={8}
        label="Whenever Glyphlab starts"
        checked={always}
        disabled={busy || url === undefined}
        onChange={(event) => void turn(Boolean(url), event.currentTarget.checked)}
      />
    </Section>
  )
}
