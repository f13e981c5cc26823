import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exportBundle, makeSigningKey } from '../../core/deploy/index.ts'
import type { BundleSubject } from '../../core/deploy/subject.ts'
import { createTesseractEngine } from '../../core/ocr/engines/tesseract.ts'
import { loadClassifier } from '../../core/serving/classifier.ts'
import { serviceDescription } from '../../core/serving/service-description.ts'
import { makeSmallModel, shippedPicture } from '../../core/serving/testing/small-model.ts'
import { buildImage, docker, startContainer } from '../../e2e/docker/container.ts'
import { dockerEngine } from '../docker-engine.ts'
import { dist, nodeModules, pinnedNode } from '../paths.ts'
import { runOrThrow } from '../run-command.ts'

const starts = 5
const limits = { imageOverBaseMb: 250, payloadMb: 25, classifierReadyMs: 1500 }
const languageDirectory = path.join(nodeModules, '@tesseract.js-data', 'eng', '4.0.0_best_int')

async function classifierSubject(): Promise<BundleSubject> {
  const { directory, digest } = await makeSmallModel()
  const classifier = await loadClassifier(directory)
  const name = 'hand-sign-2.JPG'
  const bytes = await shippedPicture(`classify/${name}`)
  const prediction = await classifier.classify(bytes, name)
  classifier.dispose()
  return {
    ...{ kind: 'model', modelDirectory: directory, modelName: 'bench', version: 1, digest, engine: 'tfjs' },
    golden: [{ name, bytes, prediction }],
  }
}

async function ocrSubject(): Promise<BundleSubject> {
  const engine = createTesseractEngine({ languageDirectory })
  const name = 'simple.png'
  const bytes = await shippedPicture(`ocr/${name}`)
  const reading = await engine.read(bytes, name)
  await engine.close()
  return { kind: 'ocr', languageDirectory, golden: [{ name, bytes, reading }] }
}

/** Sizes, time to ready over some starts, and requests/s of one kind of bundle in its container. */
async function measure(kind: string, subject: BundleSubject, work: string): Promise<object> {
  const directory = path.join(work, kind)
  const { payloadBytes, totalBytes } = await exportBundle({
    targets: ['docker', 'compose', 'kubernetes', 'argocd', 'github-actions', 'jenkins'],
    signingKey: makeSigningKey(),
    describeService: serviceDescription,
    subject,
    serverDirectory: path.join(dist, 'server'),
    directory,
  })
  const tag = `glyphlab-bench-${kind}`
  const overBase = await buildImage(tag, directory)
  const ready: number[] = []
  for (let start = 0; start < starts; start += 1) {
    const container = await startContainer(tag)
    ready.push(container.readySinceStartMs)
    await container[Symbol.asyncDispose]()
  }
  const container = await startContainer(tag)
  const args = [path.join(directory, 'load-test.mjs'), container.url, '--seconds', '5', '--json']
  const load = JSON.parse(await runOrThrow(pinnedNode, args, { timeoutMs: 60_000 })) as object
  await container[Symbol.asyncDispose]()
  await docker('rmi', '-f', tag)
  return {
    imageOverBaseMb: Math.round(overBase / 1e5) / 10,
    payloadMb: Math.round(payloadBytes / 1e5) / 10,
    bundleMb: Math.round(totalBytes / 1e5) / 10,
    sbomKb: Math.round((await stat(path.join(directory, 'sbom.cdx.json'))).size / 100) / 10,
    readyMs: ready.sort((a, b) => a - b)[starts >> 1],
    load,
  }
}

/** Exported bundles as they run in Docker: image over its base, payload, time to ready, requests/s. */
export async function bundleBench(): Promise<object> {
  await runOrThrow(pinnedNode, ['build/build.ts', 'server'])
  const engine = await dockerEngine()
  Object.assign(process.env, engine.env)
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bundle-bench-'))
  try {
    return {
      limits,
      classifier: await measure('classifier', await classifierSubject(), work),
      ocr: await measure('ocr', await ocrSubject(), work),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
    await engine.stop()
  }
}
