/**
 * Entry of the child process that classifies pictures for the app, so that a model or a picture that brings a process
 * down brings down only this one. `argv[2]`: the folder with the wasm files, where the code is bundled.
 */
import { readFile } from 'node:fs/promises'
import { GlyphlabError, type InferenceEngine } from '../contract/index.ts'
import { readManifest } from '../training/model-files.ts'
import { loadClassifier, manifestDigest } from './classifier.ts'
import { chooseEngine } from './inference-choice.ts'
import type { Answer, InferenceReply, InferenceRequest } from './inference-messages.ts'
import type { LineDecoding } from './line-decoding.ts'
import { loadRecogniser } from './recogniser.ts'
import { type AskedRow, loadTableModel } from './table-model.ts'

interface LoadedModel {
  answer(bytes: Buffer, name: string, decoding?: LineDecoding): Promise<Answer>
  dispose(): void
}

const maxLoadedModels = 3
const wasmDirectory = process.argv[2]
const backendOptions = wasmDirectory ? { wasmDirectory } : {}
/** By folder, digest and engine, the least recently used first. */
const loaded = new Map<string, LoadedModel>()

async function load(directory: string, engine: InferenceEngine | null): Promise<LoadedModel> {
  const options = { ...backendOptions, engine }
  const { kind } = await readManifest(directory)
  if (kind === 'line-recogniser') {
    const recogniser = await loadRecogniser(directory, options)
    return {
      answer: async (bytes, name, decoding) => ({ text: await recogniser.read(bytes, name, decoding) }),
      dispose: recogniser.dispose,
    }
  }
  if (kind === 'table-classifier' || kind === 'table-regressor') {
    const model = await loadTableModel(directory, options)
    return {
      answer: async (bytes) => ({ rows: await model.predict(askedRows(bytes)) }),
      dispose: model.dispose,
    }
  }
  const classifier = await loadClassifier(directory, options)
  return { answer: (bytes, name) => classifier.classify(bytes, name), dispose: classifier.dispose }
}

const askedRows = (bytes: Buffer): AskedRow[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AskedRow)

async function modelFor(directory: string, engine: InferenceEngine | null): Promise<LoadedModel> {
  // Without a manifest there is no digest; loading then says what is missing.
  const digest = await manifestDigest(directory).catch(() => 'none')
  const key = `${directory}\n${digest}\n${engine}`
  const model = loaded.get(key) ?? (await load(directory, engine))
  loaded.delete(key)
  loaded.set(key, model)
  for (const [oldKey, old] of loaded) {
    if (loaded.size <= maxLoadedModels) break
    loaded.delete(oldKey)
    old.dispose()
  }
  return model
}

async function readPicture(file: string, name: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file can't be read (${reason}).`)
  }
}

async function answer(request: InferenceRequest): Promise<InferenceReply> {
  const { id, modelDirectory, name } = request
  try {
    if (request.task === 'choose')
      return { id, choice: await chooseEngine(modelDirectory, request.pictures, backendOptions) }
    const model = await modelFor(modelDirectory, request.engine)
    const bytes = await readPicture(request.file, name)
    return { id, prediction: await model.answer(bytes, name, request.decoding) }
  } catch (cause) {
    if (cause instanceof GlyphlabError) return { id, error: cause.toBody() }
    console.error(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    return { id, error: { code: 'INTERNAL', message: `${name}: the model could not answer (${reason}).` } }
  }
}

process.on('message', async (request: InferenceRequest) => {
  const reply = await answer(request)
  if (process.connected) process.send?.(reply)
})
process.on('disconnect', () => process.exit(0))
