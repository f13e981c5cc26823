import { invalid } from './mlflow-error.ts'

/** Pages of lists that only grow at their end: the token is an offset, as MLflow writes it. */
export const writeToken = (offset: number): string =>
  Buffer.from(JSON.stringify({ offset })).toString('base64')

/** @throws MlflowError */
export function readToken(token: string | undefined): number {
  if (!token) return 0
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { offset?: unknown }
    if (Number.isSafeInteger(offset) && (offset as number) >= 0) return offset as number
  } catch {
    // Falls through: whatever it was, it is no token.
  }
  throw invalid(`Invalid page token, could not base64-decode: ${token}`)
}
