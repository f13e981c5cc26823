import { serveParent } from '../training/worker-port.ts'
import type { EmbeddingRequest, MapResult, PredictResult } from './embedding-messages.ts'
import { makeMap } from './make-map.ts'
import { predictDataset } from './predict-dataset.ts'
import { Stages } from './stages.ts'

/** Entry of the process that maps datasets and asks models about all of them. It keeps nothing that a cancel could spoil. */
serveParent<EmbeddingRequest, MapResult | PredictResult>((port) => ({
  async start(request) {
    const stages = new Stages((progress) => void port.send({ type: 'progress', progress }))
    const result =
      request.task === 'map' ? await makeMap(request, stages) : await predictDataset(request, stages)
    await port.send({ type: 'result', result })
  },
  stop() {},
  cancel() {
    process.exit(1)
  },
}))
