/** A run of 32-bit integers that all threads of the gateway see; read and written with Atomics, starting with zeros. */
export interface Cells {
  readonly words: Int32Array
  /** Index of the first word of the run. */
  readonly at: number
}

/** Cells that nobody else sees: for trees that are built to be checked, and for tests. */
export function privateCells(size: number): Cells {
  return { words: new Int32Array(size), at: 0 }
}

/** Gives cells by key that nobody else sees; the same key gets the same ones. */
export function privateCellsByKey(): (key: string, size: number) => Cells {
  const known = new Map<string, Cells>()
  return (key, size) => {
    const cells = known.get(key) ?? privateCells(size)
    known.set(key, cells)
    return cells
  }
}
