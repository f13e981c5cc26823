import { Button, Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import {
  type GoogleVision,
  googleVisionAddress,
  googleVisionPrice,
  inDollars,
} from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : address)

function State({ status }: { status: GoogleVision }) {
  if (status.ready && status.agreedAt !== null)
    return (
      <>
        It can be chosen in Read. You agreed <TimeText at={status.agreedAt} /> that pages are sent to{' '}
        {hostOf(status.address)}.
      </>
    )
  if (status.keyKept === 'locked')
    return (
      <>
        Nothing is sent: its key is encrypted by a keychain that is not open. Use the desktop app, or type the
        key again.
      </>
    )
  const missing = status.hasKey ? 'you have not agreed to that' : 'there is no key'
  return <>Nothing is sent, and it is not offered in Read: {missing}.</>
}

/** Where the key lies, or will. */
function whereKept(kept: GoogleVision['keyKept']): string {
  if (kept === 'keychain' || kept === 'locked') return 'Encrypted by this computer’s keychain.'
  if (kept === 'file') return 'In a file that only you can read; not encrypted.'
  return desktop()
    ? 'Encrypted, if this computer has a keychain.'
    : 'In a file that only you can read; not encrypted.'
}

function SetupForm({
  status,
  onChanged,
}: {
  status: GoogleVision
  onChanged: (status: GoogleVision) => void
}) {
  const [key, setKey] = useState('')
  const [address, setAddress] = useState(status.address)
  const [price, setPrice] = useState<number | string>(status.pricePerThousand)
  const [agree, setAgree] = useState(status.agreedAt !== null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const change = async (changed: () => Promise<GoogleVision>) => {
    setBusy(true)
    setError(null)
    try {
      const now = await changed()
      setKey('')
      setAddress(now.address)
      setPrice(now.pricePerThousand)
      setAgree(now.agreedAt !== null)
      onChanged(now)
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy(false)
    }
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    void change(async () => {
      if (key.trim() !== '') await desktop()?.openKeychain()
      return call('googleVision.set', {
        ...(key.trim() === '' ? {} : { key }),
        address,
        ...(typeof price === 'number' ? { pricePerThousand: price } : {}),
        agree,
      })
    })
  }
  return (
    <form className="settings-vision" onSubmit={save} aria-label="Google Cloud Vision">
      <p className="settings-vision-state" role="status">
        <State status={status} />
      </p>
      <div className="settings-vision-fields">
        <PasswordInput
          size="xs"
          label="API key"
          description={whereKept(status.keyKept)}
          placeholder={status.hasKey ? 'Kept; type another to replace it' : ''}
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <NumberInput
          label="Price of 1,000 pages, $"
          description={`Google's: ${inDollars(googleVisionPrice)}, 1,000 a month free.`}
          min={0}
          decimalScale={4}
          value={price}
          onChange={setPrice}
        />
        <TextInput
          label="Address"
          description="Or a server of the same shape."
          placeholder={googleVisionAddress}
          value={address}
          onChange={(event) => {
            setAddress(event.currentTarget.value)
            setAgree(false)
          }}
        />
      </div>
      <Checkbox
        size="xs"
        label={`I agree that the pictures I read with it are sent to ${hostOf(address)}`}
        checked={agree}
        onChange={(event) => setAgree(event.currentTarget.checked)}
      />
      {error && <ErrorPanel title="Nothing was changed" error={error} />}
      <div className="settings-vision-actions">
        <Button type="submit" size="compact-sm" loading={busy}>
          Save
        </Button>
        {(status.hasKey || status.agreedAt !== null) && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={busy}
            onClick={() => void change(() => call('googleVision.remove', {}))}
          >
            Remove key and agreement
          </Button>
        )}
      </div>
    </form>
  )
}

/** Google Cloud Vision as an engine: the one that sends pictures away, so it asks first. */
export function GoogleVisionSetup() {
  const status = useQuery('googleVision.status', {})
  return (
    <Section title="Google Cloud Vision">
      <p className="dim">
        An engine that reads on Google's servers, for a price: each page is sent as a grey picture, without
        its name and metadata. Before it is, Read shows what it costs and asks.
      </p>
      {status.error && <ErrorPanel error={status.error} retry={status.reload} />}
      {!status.data && !status.error && <SkeletonRows rows={3} height={24} />}
      {status.data && <SetupForm status={status.data} onChanged={status.set} />}
    </Section>
  )
}
