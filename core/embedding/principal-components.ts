import type { Random } from '../domain/random.ts'

/** Rows that the directions are found on; the others are only projected onto them. */
const rowsToFit = 5_000
const iterations = 4
const oversampling = 10

export type Rows = Uint8Array | Float32Array

export interface Components {
  /** `[rows, components]` */
  scores: Float32Array
  components: number
}

/**
 * Projects rows onto their directions of largest variance: a randomised range finder with power iterations, then the
 * eigenvectors within that range (Halko, Martinsson, Tropp 2011, algorithm 4.4).
 * @param rows `[count, width]`
 * @param most how many components at most
 */
export async function principalComponents(
  rows: Rows,
  width: number,
  most: number,
  random: Random,
  pause: (share: number) => Promise<void>,
): Promise<Components> {
  const count = rows.length / width
  const fitted = Math.min(count, rowsToFit)
  const components = Math.max(1, Math.min(most, width, fitted - 1))
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  if (fitted < count) random.shuffle(order)
  const mean = new Float64Array(width)
  for (let at = 0; at < fitted; at++) {
    const start = (order[at] as number) * width
    for (let d = 0; d < width; d++) mean[d] = (mean[d] as number) + (rows[start + d] as number) / fitted
  }
  const centred = new Float32Array(fitted * width)
  for (let at = 0; at < fitted; at++) {
    const start = (order[at] as number) * width
    for (let d = 0; d < width; d++)
      centred[at * width + d] = (rows[start + d] as number) - (mean[d] as number)
  }

  const rank = Math.min(components + oversampling, width)
  let basis = new Float64Array(width * rank)
  for (let at = 0; at < basis.length; at++) basis[at] = gaussian(random)
  orthonormalise(basis, width, rank)
  for (let round = 0; round < iterations; round++) {
    basis = timesGram(centred, width, basis, rank)
    orthonormalise(basis, width, rank)
    await pause((round + 1) / (iterations + 2))
  }
  const directions = principalDirections(centred, width, basis, rank, components)
  await pause((iterations + 1) / (iterations + 2))

  const scores = new Float32Array(count * components)
  const sums = new Float64Array(components)
  for (let row = 0; row < count; row++) {
    sums.fill(0)
    for (let d = 0; d < width; d++) {
      const value = (rows[row * width + d] as number) - (mean[d] as number)
      if (value === 0) continue
      const from = d * components
      for (let c = 0; c < components; c++)
        sums[c] = (sums[c] as number) + value * (directions[from + c] as number)
    }
    scores.set(sums, row * components)
    if (row % 10_000 === 9_999) await pause((iterations + 1 + row / count) / (iterations + 2))
  }
  return { scores, components }
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** `transpose(rows) * rows * basis`, `[width, rank]`, without ever holding the square matrix. */
function timesGram(rows: Float32Array, width: number, basis: Float64Array, rank: number) {
  const product = new Float64Array(width * rank)
  const projected = new Float64Array(rank)
  for (let start = 0; start < rows.length; start += width) {
    project(rows, start, width, basis, rank, projected)
    for (let d = 0; d < width; d++) {
      const value = rows[start + d] as number
      if (value === 0) continue
      const to = d * rank
      for (let c = 0; c < rank; c++)
        product[to + c] = (product[to + c] as number) + value * (projected[c] as number)
    }
  }
  return product
}

function project(
  rows: Float32Array,
  start: number,
  width: number,
  basis: Float64Array,
  rank: number,
  into: Float64Array,
): void {
  into.fill(0)
  for (let d = 0; d < width; d++) {
    const value = rows[start + d] as number
    if (value === 0) continue
    const from = d * rank
    for (let c = 0; c < rank; c++) into[c] = (into[c] as number) + value * (basis[from + c] as number)
  }
}

/** Modified Gram-Schmidt over the columns of `[width, rank]`, in place. A column that is nothing new becomes zero. */
function orthonormalise(basis: Float64Array, width: number, rank: number): void {
  for (let c = 0; c < rank; c++) {
    const before = columnNorm(basis, width, rank, c)
    for (let other = 0; other < c; other++) {
      let dot = 0
      for (let d = 0; d < width; d++)
        dot += (basis[d * rank + c] as number) * (basis[d * rank + other] as number)
      for (let d = 0; d < width; d++)
        basis[d * rank + c] = (basis[d * rank + c] as number) - dot * (basis[d * rank + other] as number)
    }
    const norm = columnNorm(basis, width, rank, c)
    const scale = norm > before * 1e-10 && norm > 0 ? 1 / norm : 0
    for (let d = 0; d < width; d++) basis[d * rank + c] = (basis[d * rank + c] as number) * scale
  }
}

function columnNorm(basis: Float64Array, width: number, rank: number, column: number): number {
  let sum = 0
  for (let d = 0; d < width; d++) sum += (basis[d * rank + column] as number) ** 2
  return Math.sqrt(sum)
}

/** `[width, components]`: eigenvectors within the range of `basis`, the largest variance first. */
function principalDirections(
  rows: Float32Array,
  width: number,
  basis: Float64Array,
  rank: number,
  components: number,
): Float64Array {
  const covariance = new Float64Array(rank * rank)
  const projected = new Float64Array(rank)
  for (let start = 0; start < rows.length; start += width) {
    project(rows, start, width, basis, rank, projected)
    for (let a = 0; a < rank; a++)
      for (let b = 0; b < rank; b++)
        covariance[a * rank + b] =
          (covariance[a * rank + b] as number) + (projected[a] as number) * (projected[b] as number)
  }
  const vectors = eigenvectors(covariance, rank)
  const values = Array.from({ length: rank }, (_, c) => covariance[c * rank + c] as number)
  const order = values.map((_, c) => c).sort((a, b) => (values[b] as number) - (values[a] as number))
  const directions = new Float64Array(width * components)
  for (let c = 0; c < components; c++) {
    const from = order[c] as number
    for (let d = 0; d < width; d++) {
      let sum = 0
      for (let r = 0; r < rank; r++)
        sum += (basis[d * rank + r] as number) * (vectors[r * rank + from] as number)
      directions[d * components + c] = sum
    }
  }
  return directions
}

/** Cyclic Jacobi: makes the symmetric `[size, size]` matrix diagonal in place and returns its eigenvectors as columns. */
function eigenvectors(matrix: Float64Array, size: number): Float64Array {
  const vectors = new Float64Array(size * size)
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0
    let all = 0
    for (let p = 0; p < size; p++)
      for (let q = 0; q < size; q++) {
        const squared = (matrix[p * size + q] as number) ** 2
        all += squared
        if (p !== q) off += squared
      }
    if (off <= all * 1e-20) break
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(matrix, vectors, size, p, q)
  }
  return vectors
}

function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const apq = matrix[p * size + q] as number
  if (apq === 0) return
  const theta = ((matrix[q * size + q] as number) - (matrix[p * size + p] as number)) / (2 * apq)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  const turn = (values: Float64Array, a: number, b: number) => {
    const [left, right] = [values[a] as number, values[b] as number]
    values[a] = cosine * left - sine * right
    values[b] = sine * left + cosine * right
  }
  for (let i = 0; i < size; i++) turn(matrix, i * size + p, i * size + q)
  for (let i = 0; i < size; i++) turn(matrix, p * size + i, q * size + i)
  for (let i = 0; i < size; i++) turn(vectors, i * size + p, i * size + q)
}
