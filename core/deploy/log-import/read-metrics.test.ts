import { expect, it } from 'vitest'
import { holdsMetrics, momentInName, readExposition, readQueryAnswer } from './read-metrics.ts'

function reading(read: (complain: (line: number, reason: string) => void) => unknown[]) {
  const complaints: string[] = []
  const readings = read((line, reason) => complaints.push(`${line}: ${reason}`))
  return { readings, complaints }
}

it('keeps the series of the service, with the place of the scrape where they name none, and names what is no sample', () => {
  const text = `# TYPE glyphlab_predictions_total counter
glyphlab_predictions_total{version="2",model="a \\"b\\"\\n",outcome="success"} 5
process_cpu_seconds_total 3.5
glyphlab_drift_psi{statistic="width",instance="own:1"} 0.25 1767225600500
this is none
glyphlab_predictions_total{version="2",model="a \\"b\\"\\n",outcome="success"} 6
`
  const { readings, complaints } = reading((complain) => readExposition(text, 1_000, 'blue-1', complain))
  expect(readings).toEqual([
    {
      name: 'glyphlab_predictions_total',
      labels: JSON.stringify({ instance: 'blue-1', model: 'a "b"\n', outcome: 'success', version: '2' }),
      at: 1_000,
      value: 5,
    },
    {
      name: 'glyphlab_drift_psi',
      labels: '{"instance":"own:1","statistic":"width"}',
      at: 1_767_225_600_500,
      value: 0.25,
    },
  ])
  expect(complaints).toEqual([
    '5: not a sample of the Prometheus text format',
    '6: glyphlab_predictions_total again, with no time: keep each scrape in a file of its own',
  ])
})

it('takes times of OpenMetrics for seconds, and refuses samples of no known time', () => {
  const text = 'glyphlab_predictions_total{outcome="success"} 1 1767225600.25\nglyphlab_drift_psi 2\n# EOF\n'
  const { readings, complaints } = reading((complain) => readExposition(text, null, '', complain))
  expect(readings).toMatchObject([{ at: 1_767_225_600_250, value: 1 }])
  expect(complaints).toEqual([expect.stringMatching(/^2: no time: name the file by the time of its scrape/)])
})

it('tells an answer of Prometheus from other JSON, and says what to ask for where only rates came', () => {
  const answer = (metric: object) =>
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric,
            values: [
              [1767225600.5, '7'],
              [1767225615.5, 'NaN'],
            ],
          },
        ],
      },
    })
  expect(
    reading((complain) => readQueryAnswer(answer({ __name__: 'glyphlab_predictions_total' }), complain)),
  ).toEqual({
    readings: [{ name: 'glyphlab_predictions_total', labels: '{}', at: 1_767_225_600_500, value: 7 }],
    complaints: [],
  })
  expect(reading((complain) => readQueryAnswer(answer({ version: '1' }), complain)).complaints).toEqual([
    '1: none of its 1 series is a counter of the service itself. Ask for {__name__=~"glyphlab_.*"}',
  ])
  expect(reading((complain) => readQueryAnswer('{"status":"error"}', complain)).complaints).toHaveLength(1)
  expect(holdsMetrics(answer({}))).toBe('json')
  expect(holdsMetrics('{"images": []}')).toBeNull()
  expect(holdsMetrics('a list of labels\n')).toBeNull()
})

it('finds the time of a scrape in the name of its file', () => {
  expect(momentInName('metrics-1767225600.prom')).toBe(1_767_225_600_000)
  expect(momentInName('1767225600123.txt')).toBe(1_767_225_600_123)
  expect(momentInName('scrape 2026-01-01T00-00-30Z.prom')).toBe(1_767_225_630_000)
  expect(momentInName('metrics-0000000001.prom')).toBeNull()
  expect(momentInName('metrics.prom')).toBeNull()
})
