import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { cache } from '../paths.ts'
import { runOrThrow, which } from '../run-command.ts'

const requirements = [
  'mlflow-skinny==3.17.2',
  'litserve==0.2.19',
  'numpy==2.4.6',
  'pandas==3.1.1',
  'fastapi==0.165.0',
  'uvicorn==0.54.0',
]

/** The same two layers in numpy. */
const network = `
import json, numpy as np

class Network:
    def __init__(self, path):
        with open(path) as file:
            weights = [np.asarray(each, dtype=np.float32) for each in json.load(file)]
        self.w1, self.b1, self.w2, self.b2 = weights

    def __call__(self, x):
        hidden = np.maximum(x @ self.w1 + self.b1, 0)
        logits = hidden @ self.w2 + self.b2
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
`

const saveForMlflow = `
import sys, mlflow, numpy as np
from network import Network

class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.network = Network(context.artifacts['weights'])

    def predict(self, context, model_input):
        return self.network(np.asarray(model_input, dtype=np.float32))

mlflow.pyfunc.save_model(
    sys.argv[2], python_model=Model(), artifacts={'weights': sys.argv[1]},
    code_paths=['network.py'], pip_requirements=[])
`

const litServe = `
import sys, numpy as np, litserve as ls
from network import Network

class Api(ls.LitAPI):
    def setup(self, device):
        self.network = Network(sys.argv[1])

    def decode_request(self, request):
        return np.asarray(request['input'], dtype=np.float32)

    def predict(self, x):
        return self.network(x)

    def encode_response(self, output):
        return {'output': output.tolist()}

if __name__ == '__main__':
    ls.LitServer(Api(), accelerator='cpu').run(port=int(sys.argv[2]), host='127.0.0.1', generate_client_file=False)
`

export interface Peers {
  /** Programs and arguments that serve on the port. */
  mlflow(port: number): [program: string, args: string[]]
  litserve(port: number): [program: string, args: string[]]
}

/**
 * MLflow and LitServe from PyPI in an environment of their own, made once, with the model of `weightsFile` (JSON: the
 * kernels and biases of two dense layers) ready to serve in `work`.
 * @returns how to start them, or why they can't be had
 */
export async function servingPeers(weightsFile: string, work: string): Promise<Peers | { missing: string }> {
  const environment = path.join(cache, 'serving-peers-3.17.2-0.2.19')
  const python = path.join(environment, 'bin', 'python3')
  try {
    if (!existsSync(environment)) await makeEnvironment(environment)
    await writeFile(path.join(work, 'network.py'), network)
    await writeFile(path.join(work, 'save.py'), saveForMlflow)
    await writeFile(path.join(work, 'lit.py'), litServe)
    await runOrThrow(python, ['save.py', weightsFile, 'mlflow-model'], { cwd: work, timeoutMs: 120_000 })
  } catch (cause) {
    return { missing: cause instanceof Error ? cause.message.slice(-400) : String(cause) }
  }
  return {
    mlflow: (port) => [
      path.join(environment, 'bin', 'mlflow'),
      ['models', 'serve', '-m', 'mlflow-model', '--env-manager', 'local', '-h', '127.0.0.1', '-p', `${port}`],
    ],
    litserve: (port) => [python, ['lit.py', weightsFile, `${port}`]],
  }
}

async function makeEnvironment(folder: string): Promise<void> {
  const python = which('python3')
  if (!python) throw new Error('python3 is not installed: MLflow and LitServe come from PyPI')
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(path.dirname(folder), { recursive: true })
  await runOrThrow(python, ['-m', 'venv', folder], { timeoutMs: 120_000 })
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]
    await runOrThrow(path.join(folder, 'bin', 'python3'), pip, { timeoutMs: 900_000 })
  } catch (cause) {
    // Half an environment must not pass for a whole one the next time.
    await rename(folder, fresh)
    await rm(fresh, { recursive: true, force: true })
    throw cause
  }
}
