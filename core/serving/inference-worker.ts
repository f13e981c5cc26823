/**
 * Entry of the child process that classifies pictures for the app, so that a model or a picture that brings a process
 * down brings down only this one. `argv[2]`: the folder with the wasm files, where the code is bundled.
 */
import { readFile } from 'node:fs/promises'
import { GlyphlabError } from '../contract/index.ts'
import { type Classifier, loadClassifier, manifestDigest } from './classifier.ts'
import type { InferenceReply, InferenceRequest } from './inference-messages.ts'

const maxLoadedModels = 3
const wasmDirectory = process.argv[2]
/** By folder and digest, the least recently used first. */
const loaded = new Map<string, Classifier>()

async function classifierFor(directory: string): Promise<Classifier> {
  // Without a manifest there is no digest; loading then says what is missing.
  const key = `${directory}\n${await manifestDigest(directory).catch(() => 'none')}`
  const classifier =
    loaded.get(key) ?? (await loadClassifier(directory, wasmDirectory ? { wasmDirectory } : {}))
  loaded.delete(key)
  loaded.set(key, classifier)
  for (const [oldKey, old] of loaded) {
    if (loaded.size <= maxLoadedModels) break
    loaded.delete(oldKey)
    old.dispose()
  }
  return classifier
}

async function readPicture(file: string, name: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file can't be read (${reason}).`)
  }
}

async function answer({ id, modelDirectory, file, name }: InferenceRequest): Promise<InferenceReply> {
  try {
    const classifier = await classifierFor(modelDirectory)
    return { id, prediction: await classifier.classify(await readPicture(file, name), name) }
  } catch (cause) {
    if (cause instanceof GlyphlabError) return { id, error: cause.toBody() }
    console.error(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    return { id, error: { code: 'INTERNAL', message: `${name}: could not be classified (${reason}).` } }
  }
}

process.on('message', async (request: InferenceRequest) => {
  const reply = await answer(request)
  if (process.connected) process.send?.(reply)
})
process.on('disconnect', () => process.exit(0))
