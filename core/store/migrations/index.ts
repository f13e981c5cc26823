import { initial } from './0001-initial.ts'

/** In order; the position plus one is the schema's version (`user_version`). A released one is never changed. */
export const migrations: readonly string[] = [initial]
