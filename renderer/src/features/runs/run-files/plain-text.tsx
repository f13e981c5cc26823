/** What scrolls must be reachable by keyboard. */
export const scrolled = (label: string) => ({ role: 'region', tabIndex: 0, 'aria-label': label })

/** A text as it is, which scrolls in its own frame. */
export function PlainText({ label, text }: { label: string; text: string }) {
  return (
    <pre className="artifact-text" {...scrolled(label)}>
      {text}
    </pre>
  )
}
