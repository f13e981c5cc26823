import { GlyphlabError } from '../../contract/index.ts'
import type { Architecture } from './architecture.ts'
import { cnnSmall } from './cnn-small.ts'
import { mobilenetSmall } from './mobilenet.ts'
import { best, resnet8, resnet14, resnet18 } from './resnet.ts'

export const architectures: readonly Architecture[] = [
  cnnSmall,
  best,
  resnet8,
  resnet14,
  resnet18,
  mobilenetSmall,
]

/** @throws GlyphlabError NOT_FOUND, listing those there are. */
export function architectureById(id: string): Architecture {
  const architecture = architectures.find((candidate) => candidate.id === id)
  if (architecture) return architecture
  const known = architectures.map((candidate) => candidate.id).join(', ')
  throw new GlyphlabError('NOT_FOUND', `There is no training preset "${id}". There is: ${known}.`)
}
