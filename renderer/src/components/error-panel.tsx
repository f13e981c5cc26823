import { Button } from '@mantine/core'
import { RotateCw, TriangleAlert } from 'lucide-react'
import { type ErrorBody, GlyphlabError } from '../../../core/contract/index.ts'
import { CopyButton } from './copy-button.tsx'
import './components.css'

function detailsOf(error: Error | ErrorBody): string {
  const code = 'code' in error ? error.code : error.name
  const details = error instanceof GlyphlabError || 'details' in error ? error.details : undefined
  const lines = [`${code}: ${error.message}`]
  if (details) lines.push(JSON.stringify(details, null, 2))
  return lines.join('\n')
}

/** Says what went wrong and to what, lets the person copy the details and, where it helps, try again. */
export function ErrorPanel({
  error,
  title,
  retry,
}: {
  error: Error | ErrorBody
  title?: string
  retry?: (() => void) | undefined
}) {
  return (
    <div className="error-panel" role="alert">
      <TriangleAlert size={16} aria-hidden />
      <div className="error-panel-text">
        {title && <strong>{title}</strong>}
        <p>{error.message}</p>
        <div className="error-panel-actions">
          {retry && (
            <Button variant="default" size="compact-xs" leftSection={<RotateCw size={12} />} onClick={retry}>
              Try again
            </Button>
          )}
          <CopyButton value={detailsOf(error)} label="Copy details" text />
        </div>
      </div>
    </div>
  )
}
