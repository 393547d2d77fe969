/** A key of a mapping, written in lines of its own. */
interface Entry {
  readonly key: string
  /** What follows the colon, without the quotes; undefined where nothing does. */
  readonly value: string | undefined
  readonly isQuoted: boolean
  /** The lines that are indented deeper. */
  readonly below: string[]
}

/** What a file says about ping and about the addresses of entry points. */
export interface Outline {
  /** The entry point that answers ping; undefined where ping is off. */
  readonly pingOn: string | undefined
  readonly addresses: ReadonlyMap<string, string>
}

/**
 * Reads the outline of a YAML file that is written plainly: one key in a line, values without anchors and the like. Undefined
 * where it sees anything else; then only a parser can tell what the file says.
 */
export function outlineOf(text: string): Outline | undefined {
  const lines = text.split(/\r?\n/).filter((line) => !/^ *(?:#.*)?$/.test(line))
  const sections = entriesOf(lines[0] === '---' ? lines.slice(1) : lines)
  const ping = sections?.get('ping')
  const pingOn = ping && pingEntryPoint(ping)
  const addresses = addressesOf(sections?.get('entrypoints'))
  if (sections === undefined || addresses === undefined || (ping !== undefined && pingOn === undefined)) return undefined
  return { pingOn, addresses }
}

const KEY = /^(?<key>[A-Za-z][\w-]*):(?: +(?<value>.*))?$/
const QUOTED = /^(?:"(?<double>[^"\\]*)"|'(?<single>[^']*)')$/
const PLAIN = /^(?:[\w.:/]|[\w.:/][\w.:/-]*[\w/])$/
const FLOW_MAPPING = /^\{ *(?:[\w .:/,-]|"[^"\\#]*"|'[^'#]*')+\}$/
const FLOW_SEQUENCE = /^(?:\{\}|\[(?:[\w .:/,-]|"[^"\\#]*"|'[^'#]*')*\])$/
const NOT_TEXT = /^(?:true|false|null)$/i

/** The entries of one level by lower-case key; undefined where a line is anything but a key with a plain value. */
function entriesOf(lines: readonly string[]): ReadonlyMap<string, Entry> | undefined {
  const entries = new Map<string, Entry>()
  const indent = depthOf(lines[0] ?? '')
  let last: Entry | undefined
  for (const line of lines) {
    if (depthOf(line) > indent) {
      last?.below.push(line)
      continue
    }
    last = depthOf(line) === indent ? entryOf(line.slice(indent)) : undefined
    if (last === undefined || entries.has(last.key.toLowerCase())) return undefined
    entries.set(last.key.toLowerCase(), last)
  }
  return entries
}

const depthOf = (line: string): number => line.search(/[^ ]/)

function entryOf(line: string): Entry | undefined {
  // Where this cuts a quoted text in two, its missing quote shows that it did.
  const { key, value: text = '' } = KEY.exec(line.replace(/ +#.*$/, '').trimEnd())?.groups ?? {}
  if (key === undefined || NOT_TEXT.test(key)) return undefined
  if (text === '') return { key, value: undefined, isQuoted: false, below: [] }
  const { double, single } = QUOTED.exec(text)?.groups ?? {}
  const quoted = double ?? single
  if (quoted !== undefined) return { key, value: quoted, isQuoted: true, below: [] }
  // `{ address: ":80" }` is as good as a line of its own for each key.
  if (FLOW_MAPPING.test(text)) return { key, value: undefined, isQuoted: false, below: text.slice(1, -1).trim().split(/ *, */) }
  return PLAIN.test(text) || FLOW_SEQUENCE.test(text) ? { key, value: text, isQuoted: false, below: [] } : undefined
}

/** The entry point that answers ping, where the section holds nothing that might change whether one does. */
function pingEntryPoint({ value, isQuoted, below }: Entry): string | undefined {
  if (below.length === 0) return !isQuoted && (value === '{}' || value === 'true') ? 'gateway' : undefined
  const options = value === undefined ? entriesOf(below) : undefined
  if (options === undefined) return undefined
  const status = options.get('terminatingstatuscode')
  if (status !== undefined && !/^[1-5]\d\d$/.test(textOf(status) ?? '')) return undefined
  const named = options.get('entrypoint')
  const known = Number(status !== undefined) + Number(named !== undefined)
  if (known < options.size) return undefined
  return named === undefined ? 'gateway' : textOf(named)
}

/** Where each entry point listens, where each says so plainly. */
function addressesOf(entryPoints: Entry | undefined): ReadonlyMap<string, string> | undefined {
  if (entryPoints === undefined) return new Map()
  const all = entryPoints.value === undefined ? entriesOf(entryPoints.below) : undefined
  const addresses = new Map<string, string>()
  for (const { key, value, below } of all?.values() ?? []) {
    const address = value === undefined ? entriesOf(below)?.get('address') : undefined
    const text = address && textOf(address)
    if (text === undefined) return undefined
    addresses.set(key, text)
  }
  return addresses.size === 0 ? undefined : addresses
}

/** The text of a value on one line; undefined of one that a parser would not take for a text. */
function textOf({ value, isQuoted, below }: Entry): string | undefined {
  if (value === undefined || value === '' || below.length > 0) return undefined
  return isQuoted || (!NOT_TEXT.test(value) && !/^[{[]/.test(value)) ? value : undefined
}
