/** A path within a run's artifacts, of names that may hold anything. Slashes make folders. */
export const artifactPath = (...names: string[]): string =>
  names
    .flatMap((name) => name.split(/[/\\]+/))
    .filter((part) => part !== '')
    .map((part) => (part === '.' || part === '..' ? '_' : part.replace(/\p{Cc}/gu, '_')))
    .join('/')
