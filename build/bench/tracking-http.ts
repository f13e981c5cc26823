import { batch, begin, limitSeconds, type Measurements, size } from './tracking-size.ts'

/**
 * Works piece by piece until all is done or the time is over. A piece returns how much it did.
 * @throws nothing: what fails is said in the measurement, and the others go on
 */
async function measured(pieces: number, work: (piece: number) => Promise<number>) {
  const from = performance.now()
  const seconds = () => (performance.now() - from) / 1_000
  let count = 0
  try {
    for (let piece = 0; piece < pieces && (piece === 0 || seconds() < limitSeconds); piece++)
      count += await work(piece)
  } catch (cause) {
    return { failed: cause instanceof Error ? cause.message : String(cause) }
  }
  return { count, seconds: seconds(), perSecond: count / seconds() }
}

/** What Python's client asks, without the client, which spends most of its time in itself. */
export async function overHttp(url: string): Promise<Measurements> {
  const api = `${url}/api/2.0/mlflow`
  const text = async (response: Response): Promise<string> => {
    const content = await response.text()
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${content.slice(0, 300)}`)
    return content
  }
  const post = async <T>(name: string, body: object): Promise<T> => {
    const headers = { 'content-type': 'application/json' }
    const options = { method: 'POST', headers, body: JSON.stringify(body) }
    return JSON.parse(await text(await fetch(`${api}/${name}`, options))) as T
  }
  type RunAnswer = { info: { run_id: string } }
  const createRun = async (experiment: string) => {
    const body = { experiment_id: experiment, start_time: begin }
    return (await post<{ run: RunAnswer }>('runs/create', body)).run.info.run_id
  }
  const idOf = async (name: string) => {
    const answer = await text(await fetch(`${api}/experiments/get-by-name?experiment_name=${name}`))
    return (JSON.parse(answer) as { experiment: { experiment_id: string } }).experiment.experiment_id
  }
  const { experiment_id } = await post<{ experiment_id: string }>('experiments/create', {
    name: 'created over http',
  })
  const createRuns = await measured(size.createdRuns, async (index) => {
    const range = Array.from({ length: 20 }, (_, i) => i)
    await post('runs/log-batch', {
      run_id: await createRun(experiment_id),
      metrics: range.map((i) => ({ key: `metric ${i}`, value: i + index, timestamp: begin, step: 0 })),
      params: range.map((i) => ({ key: `param ${i}`, value: String(i * index) })),
    })
    return 1
  })
  const run_id = await createRun('0')
  const logPoints = await measured(size.points / batch, async (piece) => {
    const from = piece * batch
    await post('runs/log-batch', {
      run_id,
      metrics: Array.from({ length: batch }, (_, i) => ({
        key: `m${i % 10}`,
        value: (from + i) / 7,
        timestamp: begin + from + i,
        step: Math.floor((from + i) / 10),
      })),
    })
    return batch
  })
  const searched = await idOf('searched')
  const search = (maxResults: number) => async () => {
    await post('runs/search', {
      experiment_ids: [searched],
      order_by: ['metrics.`metric 3` DESC'],
      max_results: maxResults,
    })
    return 1
  }
  const searchHundred = await measured(size.searches, search(100))
  const searchThousand = await measured(size.searches, search(1_000))
  const { runs } = await post<{ runs: RunAnswer[] }>('runs/search', {
    experiment_ids: [await idOf('fetched')],
    max_results: size.fetchedRuns,
  })
  const fetchPoints = await measured(10 * runs.length, async (piece) => {
    const { run_id: id } = runs[Math.floor(piece / 10)]?.info ?? { run_id: '' }
    const answer = await text(
      await fetch(`${api}/metrics/get-history?run_id=${id}&metric_key=m${piece % 10}`),
    )
    if (!answer.includes(`${begin + size.steps - 1}`)) throw new Error('the history is not whole')
    return size.steps
  })
  return { createRuns, logPoints, search: searchHundred, searchThousand, fetchPoints }
}
