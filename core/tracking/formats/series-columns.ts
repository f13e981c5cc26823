/** Points of one metric, in columns that grow; times in ms. */
export class SeriesBuilder {
  private columns = new Float64Array(3 * 64)
  length = 0

  add(step: number, value: number, timestamp: number): void {
    const at = this.length * 3
    if (at === this.columns.length) {
      const wider = new Float64Array(this.columns.length * 2)
      wider.set(this.columns)
      this.columns = wider
    }
    this.columns[at] = step
    this.columns[at + 1] = value
    this.columns[at + 2] = timestamp
    this.length++
  }

  /** Step, value and time of each point, one after the other. */
  points(): Float64Array {
    return this.columns.subarray(0, this.length * 3)
  }
}
