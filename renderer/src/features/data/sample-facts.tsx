import type { ReactNode } from 'react'
import type { Sample } from '../../../../core/contract/index.ts'
import { formatBytes, formatNumber } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { subsetWords } from './subsets.ts'

const annotationFacts = (sample: Sample): [string, ReactNode][] => [
  ['Class', sample.label === '' ? null : sample.label],
  [
    'Text',
    sample.text === null ? null : (
      <bdi key="text" className="sample-text">
        {sample.text === '' ? 'empty' : sample.text}
      </bdi>
    ),
  ],
  ['Value', sample.value],
  ['Group', sample.group],
  ['Boxes', sample.boxes.length === 0 ? null : formatNumber(sample.boxes.length)],
  ['Subset', subsetWords[sample.subset]],
]

/** @param file leaves out what can be edited, where fields say it. */
export function SampleFacts({ sample, file = false }: { sample: Sample; file?: boolean }) {
  return (
    <Facts
      items={[
        ...(file ? [] : annotationFacts(sample)),
        ['File', sample.path],
        ['Size', `${sample.width} × ${sample.height} px`],
        [
          'Bytes',
          <span key="bytes" title={`${sample.bytes} B`}>
            {formatBytes(sample.bytes)}
          </span>,
        ],
        ['Type', sample.mediaType],
        ['Content', <HashText key="hash" value={sample.hash} label="content hash" />],
      ]}
    />
  )
}
