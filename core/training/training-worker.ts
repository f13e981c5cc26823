/** Process entry: trains one model; the engine forks it with `serialization: 'advanced'`. */
import { GlyphlabError } from '../contract/index.ts'
import type { TrainingRequest, TrainingResult } from '../domain/training-request.ts'
import { lineRecogniser } from './architectures/line-recogniser.ts'
import { mlpClassifier, mlpRegressor } from './architectures/mlp.ts'
import { discardModel, trainClassifier } from './train-classifier.ts'
import { trainRecogniser } from './train-recogniser.ts'
import { trainTable } from './train-table.ts'
import type { TrainingControl } from './trainer.ts'
import { serveParent } from './worker-port.ts'

function trainingOf(preset: string): typeof trainClassifier {
  if (preset === lineRecogniser.id) return trainRecogniser
  return preset === mlpClassifier.id || preset === mlpRegressor.id ? trainTable : trainClassifier
}

serveParent<TrainingRequest, TrainingResult>((port) => {
  const control: TrainingControl = { stopRequested: false }
  let running: TrainingRequest | null = null

  return {
    start(request) {
      running = request
      return trainingOf(request.preset)(request, port, control)
    },
    stop() {
      control.stopRequested = true
    },
    async cancel() {
      if (running) await discardModel(running)
      const { code, message } = new GlyphlabError(
        'CANCELLED',
        'The training was cancelled; nothing was kept.',
      )
      await port.send({ type: 'failure', error: { code, message } })
      process.exit(1)
    },
  }
})
