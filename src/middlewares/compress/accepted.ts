/** The content codings that responses can get (RFC 9110 §8.4.1). */
export type Coding = 'gzip' | 'br' | 'zstd'

/** What is chosen for a request: a coding, and whether the client named it. */
export interface Chosen {
  readonly coding: Coding
  readonly isNamed: boolean
}

interface Weighted {
  readonly name: string
  readonly weight: number
}

/** A field with more members than that is no browser's. */
const MOST_MEMBERS = 32

/** Different values of the field are few: what was chosen for one is known the next time. */
const MOST_KNOWN = 256

/** Chooses by Accept-Encoding (RFC 9110 §12.5.3). Names are compared as they are written. */
export class Chooser {
  readonly #codings: readonly Coding[]
  readonly #default: Coding | undefined
  readonly #known = new Map<string, Chosen | undefined>()

  /** The first of the codings is preferred among those that the client likes equally. */
  constructor(codings: readonly Coding[], defaultCoding: Coding | undefined) {
    this.#codings = codings
    this.#default = defaultCoding
  }

  /** Undefined: the response stays as it is. */
  choose(accepted: string | undefined): Chosen | undefined {
    if (accepted === undefined) return this.#default && { coding: this.#default, isNamed: true }
    if (this.#known.has(accepted)) return this.#known.get(accepted)
    const chosen = this.#read(accepted)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(accepted, chosen)
    return chosen
  }

  #read(accepted: string): Chosen | undefined {
    const best = accepted
      .split(',', MOST_MEMBERS)
      .map(readMember)
      .filter(({ name, weight }) => weight > 0 && this.#rank(name) !== -1)
      // A stable sort: the order of those that are equal in everything does not matter.
      .sort((one, other) => other.weight - one.weight || this.#rank(one.name) - this.#rank(other.name))[0]
    if (best === undefined || best.name === 'identity') return undefined
    if (best.name !== '*') return { coding: best.name as Coding, isNamed: true }
    const coding = this.#default ?? this.#codings[0]
    return coding && { coding, isNamed: this.#default !== undefined }
  }

  /** Lower comes first; -1 for what nobody knows. */
  #rank(name: string): number {
    if (name === '*') return 0
    if (name === 'identity') return this.#codings.length + 1
    return this.#codings.indexOf(name as Coding) + 1 || -1
  }
}

function readMember(member: string): Weighted {
  const [name = '', ...parameters] = member.replaceAll(/[ \t]/g, '').split(';')
  const weight = parameters.find((parameter) => /^q=/i.test(parameter))
  return { name, weight: weight === undefined ? 1 : weightOf(weight.slice(2)) }
}

/** What is no weight counts as 0. */
function weightOf(text: string): number {
  return /^\d*\.?\d+$|^\d+\.$/.test(text) ? Number(text) : 0
}
