import path from 'node:path'
import { z } from 'zod'
import type { VerifiedBundle } from '../../contract/index.ts'
import { checkBundleFiles, loadSigningKey } from '../../deploy/index.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { checkGolden } from '../golden-check.ts'
import { signingKeyFile } from '../home.ts'
import type { Services } from '../services.ts'

const jobInput = z.object({ directory: z.string(), fingerprint: z.string().optional() })

/** Checks an exported bundle: each file, whose signature it bears, and that it gives its golden answers. */
export function deployVerifyJob(services: () => Services): JobHandler {
  return {
    kind: 'deploy-verify',
    atOnce: 1,
    async run({ input, signal, progress }) {
      const { fingerprint, ...given } = jobInput.parse(input)
      const directory = path.resolve(given.directory)
      const show = (value: number, message: string) =>
        progress({ value, message, rate: null, rateUnit: null, remainingMs: null })
      show(0, 'Comparing the files with the manifest')
      const { manifest, signedBy, problems } = await checkBundleFiles(directory, signal)
      const expected = fingerprint ?? (await loadSigningKey(signingKeyFile(services().home))).fingerprint
      const trusted = signedBy === expected
      if (signedBy !== null && fingerprint !== undefined && !trusted) {
        problems.push(`signing-key.pem: ${signedBy} signed it, and not ${fingerprint}`)
      }
      let golden: number | null = null
      // What was changed could make the server run anything; it is not loaded.
      if (problems.length === 0) {
        show(0.4, 'Asking for the golden answers')
        const check = await checkGolden(directory, signal)
        if ('answers' in check) golden = check.answers
        else problems.push(check.problem)
      }
      const { name, version, digest, targets, files } = manifest
      const result: VerifiedBundle = {
        ...{ directory, name, version, digest, targets, files: files.length },
        ...{ fingerprint: signedBy, trusted, golden, problems },
      }
      return result
    },
  }
}
