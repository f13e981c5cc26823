import path from 'node:path'

/** The checkout's folder. */
export const root = path.resolve(import.meta.dirname, '..')
export const dist = path.join(root, 'dist')
export const nodeModules = path.join(root, 'node_modules')
export const artifacts = path.join(root, 'artifacts')
/** What is fetched or made once and kept between builds. */
export const cache = path.join(nodeModules, '.cache', 'glyphlab')

/** The Node that the project pins as a dependency; the engine runs on it in development, in tests and when packaged. */
export const pinnedNode = path.join(
  nodeModules,
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)
