/**
 * Logs into a run over MLflow's API until the server is gone. Arguments: the address, the run, and its first step.
 * Prints how many points are acknowledged.
 */
import { killBatch, killPoints } from './kill-batch.ts'

const [url = '', run_id = '', from = '0'] = process.argv.slice(2)
for (let first = Number(from); ; first += killBatch) {
  const body = JSON.stringify({ run_id, metrics: killPoints(first) })
  try {
    const response = await fetch(`${url}/api/2.0/mlflow/runs/log-batch`, { method: 'POST', body })
    if (response.status !== 200) throw new Error(await response.text())
    await response.text()
  } catch {
    break
  }
  process.stdout.write(`${first + killBatch}\n`)
}
