import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { AgreementReply } from '../testing/agreement-worker.ts'
import { softwareVulkan } from '../testing/software-vulkan.ts'
import { installedPackages } from './installed-package.ts'

const vulkan = softwareVulkan()
const [found] = installedPackages('webgpu', 'webgpu', {
  own: process.env['GLYPHLAB_WEBGPU'],
  installed: undefined,
})
const missing =
  found === undefined
    ? ' (not installed: npm run setup:webgpu)'
    : vulkan === null
      ? ' (no browser with SwiftShader)'
      : ''

describe.skipIf(missing !== '')(`the webgpu backend, on a Vulkan in software${missing}`, () => {
  it('agrees with plain JavaScript in every kernel and gradient, and in a training', async () => {
    const worker = fileURLToPath(new URL('../testing/agreement-worker.ts', import.meta.url))
    const child = fork(worker, { env: { ...process.env, ...vulkan }, serialization: 'advanced' })
    child.send('webgpu')
    const [reply] = (await once(child, 'message')) as [AgreementReply]
    if ('problem' in reply) throw new Error(reply.problem)
    console.log(`webgpu on ${reply.device}`)
    const wrong = Object.entries(reply.differences).filter(([, difference]) => !(difference < 1e-4))
    expect(wrong).toEqual([])
    const { expected, found: losses } = reply.losses
    expect(losses.length).toBe(expected.length)
    for (const [step, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[step] as number, 3)
    expect(losses.at(-1)).toBeLessThan(losses[0] as number)
    expect(reply.tensors[1]).toBe(reply.tensors[0])
  }, 60_000)
})
