import { CopyButton } from './copy-button.tsx'
import { shortenMiddle } from './format.ts'

/** An id or digest, shortened in the middle, with the whole on hover and a button that copies the whole. */
export function HashText({ value, label, keep = 12 }: { value: string; label: string; keep?: number }) {
  return (
    <span className="hash-text">
      <code className="mono" title={value}>
        {shortenMiddle(value, keep)}
      </code>
      <CopyButton value={value} label={`Copy ${label}`} />
    </span>
  )
}
