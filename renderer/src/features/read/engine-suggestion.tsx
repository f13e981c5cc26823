import { Button } from '@mantine/core'
import { Camera } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { betterEngine, type Page } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { notifyError } from '../../components/notices.tsx'
import { useReadingOptions } from '../../stores/reading-options.ts'

/** For a page that looks like those of another engine: one click reads it anew with that one. */
export function EngineSuggestion({ page }: { page: Page }) {
  const options = useReadingOptions()
  const [busy, setBusy] = useState(false)
  const [, navigate] = useLocation()
  const engine = betterEngine(page.engine, page.recipe?.look)
  if (engine === null || page.status !== 'read') return null
  const read = async () => {
    setBusy(true)
    try {
      const { pageIds } = await call('pages.readAgain', { ...options, pageIds: [page.id], engine })
      if (pageIds[0] !== undefined) navigate(`/read/${pageIds[0]}`)
    } catch (cause) {
      notifyError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="viewer-suggestion" role="note" aria-label="Another engine for this page">
      <Camera size={14} aria-hidden />
      <span>This page looks like a photograph.</span>
      <Button
        size="compact-xs"
        variant="default"
        title="PP-OCR reads many photographs better than Tesseract. The page that was read stays."
        loading={busy}
        onClick={() => void read()}
      >
        Read with PP-OCR
      </Button>
    </div>
  )
}
