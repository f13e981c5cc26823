import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { notify } from './notices.tsx'

/** Puts text on the clipboard; tells the person when the system refuses. */
export async function copyText(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    notify({
      kind: 'error',
      message: 'The clipboard can not be written. Select the text and copy it by hand.',
    })
    return false
  }
}

/** Copies `value`. An icon with its label as tooltip, or with `text` a button that shows the label. */
export function CopyButton({
  value,
  label = 'Copy',
  text = false,
}: {
  value: string | (() => string)
  label?: string
  text?: boolean
}) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => setCopied(await copyText(typeof value === 'string' ? value : value()))
  const icon = copied ? <Check size={14} /> : <Copy size={14} />
  if (text)
    return (
      <Button variant="default" size="compact-xs" leftSection={icon} onClick={copy}>
        {copied ? 'Copied' : label}
      </Button>
    )
  return (
    <Tooltip label={copied ? 'Copied' : label}>
      <ActionIcon size={20} aria-label={label} onClick={copy}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
