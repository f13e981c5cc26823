import { costInWords, type FileSource, googleVisionEngine } from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { confirm } from './confirm.tsx'

/**
 * Before pages are sent away to be read, says where to and what that costs, and asks; true at once for engines on this
 * machine. An engine that is there twice reads everything twice.
 */
export async function costAccepted(
  engines: readonly string[],
  what: { files: FileSource[] } | { pages: number },
): Promise<boolean> {
  const times = engines.filter((engine) => engine === googleVisionEngine).length
  if (times === 0) return true
  const cost = await call('googleVision.cost', 'pages' in what ? { pages: what.pages * times } : what)
  return confirm({
    title: 'Send to Google Cloud Vision?',
    message: `${costInWords(cost)} What is free each month is not taken off.`,
    action: 'Send and read',
  })
}
