import { stampOf } from './custom/file-watch.ts'

interface Known<Made> {
  readonly made: Made
  /** What each file looked like before it was read. */
  readonly stamps: ReadonlyMap<string, string>
}

/** What was made of parts of a configuration and of the files that they name; it is made again when a file has changed. */
export class MadeFromFiles<Part extends object, Made> {
  readonly #known = new WeakMap<Part, Known<Made>>()

  /** `make` notes each file before it reads it, also one that is not there. */
  of(part: Part, make: (note: (file: string) => void) => Made): Made {
    const last = this.#known.get(part)
    if (last !== undefined && [...last.stamps].every(([file, stamp]) => stampOf(file) === stamp)) return last.made
    const stamps = new Map<string, string>()
    const made = make((file) => stamps.set(file, stampOf(file)))
    this.#known.set(part, { made, stamps })
    return made
  }

  /** The files of a part, once it was asked for. */
  filesOf(part: Part): Iterable<string> {
    return this.#known.get(part)?.stamps.keys() ?? []
  }
}
