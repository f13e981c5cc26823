const path = require('node:path')

/** Parts of core, and the other parts of core that each may import besides itself. */
const matrix = {
  contract: [],
  domain: ['contract'],
  imaging: ['contract', 'domain'],
  blobs: ['contract', 'domain'],
  store: ['contract', 'domain', 'blobs'],
  jobs: ['contract', 'domain', 'store'],
  // The import worker writes content-addressed files itself (never the database).
  datasets: ['contract', 'domain', 'imaging', 'blobs'],
  // A run's final metrics are those of evaluation.
  training: ['contract', 'domain', 'imaging', 'evaluation'],
  tuning: ['contract', 'domain'],
  // One of its engines is a line recogniser that training made.
  ocr: ['contract', 'domain', 'imaging', 'training'],
  evaluation: ['contract', 'domain', 'imaging'],
  // MLflow's clients are answered straight from the tables of runs and the files of artifacts.
  tracking: ['contract', 'domain', 'store', 'blobs'],
  // A gate judges a difference by its interval.
  registry: ['contract', 'domain', 'imaging', 'evaluation'],
  // The inference server runs the engines and loads the models that ocr and training define.
  serving: ['contract', 'domain', 'imaging', 'ocr', 'training'],
  // Maps of a dataset: features of its pictures or of a model, and what a model says of all of them.
  embedding: ['contract', 'domain', 'imaging', 'training', 'serving'],
  // Bundles are written as exports are: whole or not at all (blobs/new-folder).
  deploy: ['contract', 'domain', 'imaging', 'blobs'],
  pipelines: ['contract', 'domain'],
}

const testFiles = '\\.test\\.tsx?$'

const coreRules = Object.entries(matrix).map(([part, allowed]) => ({
  name: `core-${part}`,
  comment: `core/${part} may import ${allowed.length > 0 ? allowed.map((name) => `core/${name}`).join(', ') : 'nothing else of core'}.`,
  severity: 'error',
  from: { path: `^core/${part}/`, pathNot: testFiles },
  to: { path: '^(core|electron|renderer|build|e2e)/', pathNot: `^core/(${[part, ...allowed].join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...coreRules,
    {
      name: 'core-known-parts',
      comment: 'A new part of core needs a line in the import matrix (build/dependency-cruiser.cjs).',
      severity: 'error',
      from: { path: '^core/', pathNot: `^core/(${[...Object.keys(matrix), 'host'].join('|')})/` },
      to: {},
    },
    {
      name: 'contract-libraries',
      comment: 'The contract runs in the page too: zod is its only library.',
      severity: 'error',
      from: { path: '^core/contract/', pathNot: testFiles },
      to: { pathNot: '^(core/contract/|node_modules/zod/)' },
    },
    {
      name: 'nothing-imports-host',
      comment: 'core/host composes the rest; nothing may depend on it.',
      severity: 'error',
      from: { path: '^(core|electron|renderer)/', pathNot: '^core/host/' },
      to: { path: '^core/host/' },
    },
    {
      name: 'core-without-shells',
      comment: 'The engine runs without Electron and without a page.',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(electron|renderer)/|^node_modules/(electron|react|@mantine)/' },
    },
    {
      name: 'electron-knows-the-contract-only',
      severity: 'error',
      from: { path: '^electron/' },
      to: { path: '^(core|renderer|build|e2e)/', pathNot: '^core/contract/' },
    },
    {
      name: 'renderer-knows-the-contract-only',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(core|electron|build|e2e)/', pathNot: '^core/contract/' },
    },
    {
      name: 'renderer-without-node',
      comment: 'The page is sandboxed: no Node and no Electron.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: testFiles },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-without-electron',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^node_modules/electron/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(core|electron|renderer)/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^(core|electron|renderer)/' },
      // The GPU build of TensorFlow is an optional dependency that may not be installed.
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.css$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: path.join(__dirname, '..', 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
