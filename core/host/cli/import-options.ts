import { InvalidArgumentError } from 'commander'

/** `key=value`, as often as it is given. */
export function keyValue(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('an option is written key=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

/** `0.8,0.1,0.1`: the shares of train, validation and test. */
export function splitShares(text: string): { train: number; validation: number; test: number } {
  const shares = text.split(',').map((share) => (share.trim() === '' ? Number.NaN : Number(share)))
  const [train = Number.NaN, validation = Number.NaN, test = Number.NaN] = shares
  const sum = train + validation + test
  if (shares.length !== 3 || !shares.every((share) => share >= 0 && share <= 1) || Math.abs(sum - 1) > 1e-6)
    throw new InvalidArgumentError('three shares that sum to 1 are needed, e.g. 0.8,0.1,0.1.')
  return { train, validation, test }
}
