import { Button } from '@mantine/core'
import { Gauge } from 'lucide-react'
import { useState } from 'react'
import type { InferenceChoice, ModelVersion } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { formatNumber } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { versionReference } from './model-names.ts'

const engineNames = { tfjs: 'TensorFlow.js', onnxruntime: 'onnxruntime' } as const

function timeOf(choice: InferenceChoice, engine: keyof typeof engineNames) {
  const milliseconds = choice.milliseconds[engine]
  return milliseconds === null ? (
    <span className="dim">not run</span>
  ) : (
    <span className="tabular" title={`${milliseconds} ms`}>
      {formatNumber(milliseconds)} ms
    </span>
  )
}

/** Which engine answers for a version, with the timings that decided, and a button to take them again. */
export function InferenceFacts({ version, onChanged }: { version: ModelVersion; onChanged: () => void }) {
  const [busy, setBusy] = useState(false)
  const choice = version.inference
  const measure = async () => {
    setBusy(true)
    try {
      await call('models.measure', { reference: versionReference(version) })
      onChanged()
    } catch (cause) {
      notifyError(cause)
    }
    setBusy(false)
  }
  return (
    <Section title="Inference">
      {choice && (
        <Facts
          items={[
            ['Answers with', engineNames[choice.engine]],
            ['TensorFlow.js', timeOf(choice, 'tfjs')],
            ['onnxruntime', timeOf(choice, 'onnxruntime')],
            [
              'Difference',
              choice.difference === null ? null : (
                <span key="difference" className="tabular" title={String(choice.difference)}>
                  {choice.difference.toExponential(1)}
                </span>
              ),
            ],
          ]}
        />
      )}
      <p className="dim inference-reason">
        {choice?.reason ?? 'Never timed: TensorFlow.js answers.'} Times are for one{' '}
        {'columns' in version.preprocessing ? 'row' : 'picture that is decoded already'}.
      </p>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<Gauge size={12} />}
        loading={busy}
        disabled={version.status === 'damaged'}
        onClick={() => void measure()}
      >
        Measure again
      </Button>
    </Section>
  )
}
