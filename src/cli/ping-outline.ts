import { isRefusedKey, isTree, type Tree } from '../schema/tree.ts'
import type { PingTarget } from './ping-target.ts'

/** What sources say about ping and about the addresses of entry points. */
export interface Outline {
  /** The entry point that answers ping; undefined where ping is off. */
  readonly pingOn: string | undefined
  readonly entryPoints: ReadonlyMap<string, OutlinedEntryPoint>
}

interface OutlinedEntryPoint {
  readonly address: string
  /** Whether it has no options that only the vocabulary can judge. */
  readonly isPlain: boolean
}

/** A flag or a variable: one option and its text. */
export interface Setting {
  readonly option: 'ping' | 'ping.entrypoint' | 'address'
  /** Whose address it is. */
  readonly entryPoint: string
  readonly value: string
}

/** Takes the outline from the tree of a file; undefined where it holds anything there that is out of the ordinary. */
export function outlineOf(tree: Tree): Outline | undefined {
  const sections = foldedEntries(tree)
  const entryPoints = sections && entryPointsOf(sections.get('entrypoints'))
  const ping = sections?.get('ping') ?? undefined
  const pingOn = ping === undefined ? undefined : pingEntryPoint(ping)
  if (entryPoints === undefined || (ping !== undefined && pingOn === undefined)) return undefined
  return { pingOn, entryPoints }
}

/** Lays a flag or a variable over what is known so far. */
export function withSetting({ pingOn, entryPoints }: Outline, { option, entryPoint, value }: Setting): Outline | undefined {
  if (option === 'ping') return value === 'true' ? { pingOn: pingOn ?? 'gateway', entryPoints } : undefined
  if (option === 'ping.entrypoint') return { pingOn: value, entryPoints }
  if (portOf(value) === undefined) return undefined
  // Names that differ only in case are one, and who comes first spells it.
  const known = [...entryPoints.keys()].find((name) => name.toLowerCase() === entryPoint.toLowerCase()) ?? entryPoint
  return { pingOn, entryPoints: new Map(entryPoints).set(known, { isPlain: true, ...entryPoints.get(known), address: value }) }
}

/** The internal entry point, by our name and by Traefik's. */
const INTERNAL = ['gateway', 'traefik']
const MADE_FOR_PING: OutlinedEntryPoint = { address: ':8080', isPlain: true }

/** Where an outline says that ping is answered. */
export function pingTargetOf({ pingOn, entryPoints }: Outline): PingTarget | undefined {
  if (pingOn === undefined) return undefined
  const isMissing = INTERNAL.includes(pingOn) && !entryPoints.has(pingOn)
  const name = isMissing ? INTERNAL.find((one) => entryPoints.has(one)) : pingOn
  const { address, isPlain } = name === undefined ? MADE_FOR_PING : (entryPoints.get(name) ?? { address: '', isPlain: false })
  const { host, port } = /^(?<host>[\w.-]*):(?<port>\d{1,5})$/.exec(address)?.groups ?? {}
  // Who else listens on the port may have been first.
  const isTaken = [...entryPoints].some(([other, { address }]) => other !== name && portOf(address) === Number(port))
  return !isPlain || host === undefined || Number(port) > 65_535 || isTaken ? undefined : { host, port: Number(port) }
}

/** The port of an address in any of its forms; undefined where it is none, or refers to something. */
function portOf(address: string): number | undefined {
  const port = /^[^$]*:(\d{1,5})(?:\/(?:tcp|udp))?$/i.exec(address)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** Entries by lower-case key; undefined where two keys differ only in case. */
function foldedEntries(tree: Tree): ReadonlyMap<string, unknown> | undefined {
  const entries = new Map(Object.entries(tree).map(([key, value]) => [key.toLowerCase(), value]))
  return entries.size === Object.keys(tree).length ? entries : undefined
}

/** The entry point that answers ping, where the section holds nothing that might change whether one does. */
function pingEntryPoint(ping: unknown): string | undefined {
  const options = ping === true ? new Map() : isTree(ping) ? foldedEntries(ping) : undefined
  const isPlain = options && [...options].every(([name, value]) => PLAIN_PING.get(name)?.(value))
  return isPlain ? (options.get('entrypoint') ?? 'gateway') : undefined
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('$')

const PLAIN_PING: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['entrypoint', isText],
  ['manualrouting', (value) => value === false],
  ['terminatingstatuscode', (value) => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599],
])

/** Where each entry point listens, where each says so plainly. */
function entryPointsOf(section: unknown): ReadonlyMap<string, OutlinedEntryPoint> | undefined {
  const entryPoints = new Map<string, OutlinedEntryPoint>()
  if (section === undefined || section === null) return entryPoints
  if (!isTree(section)) return undefined
  for (const [name, written] of Object.entries(section)) {
    const options = isTree(written) && !isRefusedKey(name) ? foldedEntries(written) : undefined
    const address = options?.get('address')
    if (options === undefined || typeof address !== 'string' || portOf(address) === undefined) return undefined
    entryPoints.set(name, { address, isPlain: [...options].every(([option, value]) => isPlainOption(option, value)) })
  }
  return entryPoints
}

function isPlainOption(name: string, value: unknown): boolean {
  return name === 'address' || ((name === 'asdefault' || name === 'reuseport') && typeof value === 'boolean')
}
