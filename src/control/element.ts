import type { DynamicConfiguration } from '../config/dynamic.ts'
import type { Finding, Path, Source } from '../findings/finding.ts'

/** Every kind of element. */
export const ELEMENT_KINDS = ['routers', 'services', 'middlewares', 'serversTransports'] as const satisfies readonly (keyof Http)[]

type Http = DynamicConfiguration['http']

/** What dynamic configuration consists of: each kind is a map of named elements below its protocol. */
export type ElementKind = (typeof ELEMENT_KINDS)[number]

/** What elements can be for. */
export const PROTOCOLS = ['http', 'tcp', 'udp'] as const satisfies readonly (keyof DynamicConfiguration)[]

export type Protocol = (typeof PROTOCOLS)[number]

/** Path of an element under its qualified name: `http.routers.app@file`; TLS options are elements, too. */
export type ElementPath = `${Protocol}.${ElementKind}.${string}` | `tls.options.${string}`

/** Something wrong, and the element that cannot be used because of it; without one it is only reported. */
export interface Problem {
  readonly finding: Finding
  readonly disables?: ElementPath
  /** The element that it is found in, where it is found in one. */
  readonly about?: ElementPath
}

/** Where an element was defined: a provider, the name it has there, and the way to its place in a source. */
export interface Origin {
  readonly provider: string
  readonly name: string
  readonly locate: Locate
  /** `http` where it is absent. */
  readonly protocol?: Protocol
}

/** Finds where the key or the value at a path came from. */
export type Locate = (path: Path, at?: 'key' | 'value') => Source | undefined

/** The name under which everyone else knows an element: whatever it calls itself, it belongs to the provider that defined it. */
export function ownName({ name, provider }: Pick<Origin, 'name' | 'provider'>): string {
  return `${name}@${provider}`
}

/** The path of the element with this qualified name. */
export function elementPath(kind: ElementKind, qualified: string, protocol: Protocol = 'http'): ElementPath {
  return `${protocol}.${kind}.${qualified}`
}

/** The element of a provider that a path of its tree leads to or into, under its qualified name. */
export function ownElementAt(path: Path, provider: string): ElementPath | undefined {
  const found = elementAt(path)
  return found && elementPath(found.kind, ownName({ name: found.name, provider }), found.protocol)
}

/** The path of TLS options; those called `default` belong to no provider. */
export function tlsOptionsPath(name: string, provider: string): ElementPath {
  return `tls.options.${name === 'default' ? name : ownName({ name, provider })}`
}

/** The name of the TLS options that a path of a provider's tree leads to or into. */
export function tlsOptionsAt(path: Path): string | undefined {
  const [tls, options, name] = path
  const isInside = String(tls).toLowerCase() === 'tls' && String(options).toLowerCase() === 'options'
  return isInside && typeof name === 'string' ? name : undefined
}

/** The element that a path of a provider's tree leads to or into; keys are compared without regard to case. */
export function elementAt(path: Path): { readonly protocol: Protocol; readonly kind: ElementKind; readonly name: string } | undefined {
  const [root, kindStep, name] = path
  const protocol = PROTOCOLS.find((one) => one === String(root).toLowerCase())
  const kind = ELEMENT_KINDS.find((one) => one.toLowerCase() === String(kindStep).toLowerCase())
  return protocol === undefined || kind === undefined || typeof name !== 'string' ? undefined : { protocol, kind, name }
}

/** The place of a key or value, or of the nearest thing around it whose place is known; at worst the provider itself. */
export function sourceOf({ locate, provider }: Pick<Origin, 'locate' | 'provider'>, path: Path, at: 'key' | 'value' = 'value'): Source {
  const source = path.length > 0 ? locate(path, at) : undefined
  if (source !== undefined) return source
  return path.length > 1 ? sourceOf({ locate, provider }, path.slice(0, -1), 'key') : { kind: 'provider', provider }
}
