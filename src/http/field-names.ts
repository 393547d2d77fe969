const HYPHEN = 0x2d
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const UNDERSCORE = 0x5f

interface Member {
  readonly name: string
  readonly slot: number
}

/**
 * A fixed set of field names that is asked about every field of every message: almost every name fails on its length or its
 * first letter, and none is lower-cased into a new string.
 */
export class FieldNames {
  readonly #byLength: Member[][] = []

  /** Lower-case names; the place of a name in the list is its slot. */
  constructor(names: readonly string[]) {
    const longest = Math.max(...names.map((name) => name.length))
    for (let length = 0; length <= longest; length++) this.#byLength.push([])
    for (const [slot, name] of names.entries()) this.#byLength[name.length]?.push({ name, slot })
  }

  /** Whether the name is a member, in any case, but not with `_` for `-`. */
  has(name: string): boolean {
    return this.slotOf(name) !== -1 && !name.includes('_')
  }

  /** The slot of the name, or -1. `_` equals `-` here, as it does for every origin that reads fields the CGI way. */
  slotOf(name: string): number {
    const { length } = name
    if (length >= this.#byLength.length) return -1
    const members = this.#byLength[length] as Member[]
    for (let index = 0; index < members.length; index++) {
      const member = members[index] as Member
      if (isSpellingOf(name, member.name)) return member.slot
    }
    return -1
  }
}

/** Lower-case names of the fields that tell who asked and how: only a trusted peer may set them. */
export const FORWARDED_NAMES: readonly string[] = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-forwarded-uri',
  'x-forwarded-method',
  'x-forwarded-prefix',
  'x-forwarded-scheme',
  'x-forwarded-tls-client-cert',
  'x-forwarded-tls-client-cert-info',
  'x-scheme',
  'x-real-ip',
  'forwarded',
]

/** The same as a set. */
export const FORWARDED_FIELDS = new FieldNames(FORWARDED_NAMES)

function isSpellingOf(name: string, lowerName: string): boolean {
  for (let index = 0; index < name.length; index++) {
    if (folded(name.charCodeAt(index)) !== lowerName.charCodeAt(index)) return false
  }
  return true
}

function folded(code: number): number {
  if (code >= UPPER_A && code <= UPPER_Z) return code + 0x20
  return code === UNDERSCORE ? HYPHEN : code
}
