import type { BrowsedSample, LabelledBox, Sample, SampleChange, SampleEdit } from '../contract/index.ts'

/** What a row of edits makes of a version, in memory: cost grows with what was edited, not with the version. */
export class Draft {
  readonly changes = new Map<number, SampleChange>()
  readonly deleted = new Set<number>()
  /** Names of the version that are called otherwise now, of classes and of boxes. */
  readonly renamed = new Map<string, string>()

  constructor(edits: readonly SampleEdit[]) {
    for (const edit of edits) this.apply(edit)
  }

  /** Whether it changes nothing. */
  get empty(): boolean {
    return this.changes.size === 0 && this.deleted.size === 0 && this.renamed.size === 0
  }

  apply(edit: SampleEdit): void {
    switch (edit.kind) {
      case 'change':
        for (const ordinal of edit.ordinals)
          this.changes.set(
            ordinal,
            this.changes.has(ordinal) ? { ...this.changes.get(ordinal), ...edit.set } : edit.set,
          )
        return
      case 'delete':
        for (const ordinal of edit.ordinals) this.deleted.add(ordinal)
        return
      case 'rename-class':
        this.move([edit.from], edit.to)
        return
      case 'merge-classes':
        this.move(edit.from, edit.into)
    }
  }

  private move(from: readonly string[], to: string): void {
    const old = new Set(from)
    for (const [name, now] of this.renamed) if (old.has(now)) this.renamed.set(name, to)
    for (const name of from) if (!this.renamed.has(name)) this.renamed.set(name, to)
    for (const [ordinal, change] of this.changes) {
      const moved = { ...change }
      if (change.label !== undefined && old.has(change.label)) moved.label = to
      if (change.boxes?.some(({ label }) => old.has(label)))
        moved.boxes = change.boxes.map((box) => (old.has(box.label) ? { ...box, label: to } : box))
      this.changes.set(ordinal, moved)
    }
  }

  /** What a class of the version is called now. */
  nameNow(label: string): string {
    return this.renamed.get(label) ?? label
  }

  private boxesNow(boxes: LabelledBox[]): LabelledBox[] {
    if (this.renamed.size === 0 || !boxes.some(({ label }) => this.renamed.has(label))) return boxes
    return boxes.map((box) => ({ ...box, label: this.nameNow(box.label) }))
  }

  /** @param ownSplit whether the sample's subset is that of the version's own split, which a draft may change */
  sample(sample: Sample, ownSplit: boolean): BrowsedSample {
    const change = this.changes.get(sample.ordinal)
    return {
      ...sample,
      label: change?.label ?? this.nameNow(sample.label),
      text: change?.text === undefined ? sample.text : change.text,
      value: change?.value === undefined ? sample.value : change.value,
      group: change?.group === undefined ? sample.group : change.group,
      boxes: change?.boxes ?? this.boxesNow(sample.boxes),
      subset: (ownSplit ? change?.subset : undefined) ?? sample.subset,
      edited: change !== undefined,
    }
  }
}
