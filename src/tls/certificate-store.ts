import type { CertificatePair, TlsOptions, TlsSettings } from './settings.ts'

/** How the handshake with one server name is done; shared by all connections that get the same certificate and options. */
export interface HandshakePlan<Context> {
  /** Name of the options. */
  readonly name: string
  readonly options: TlsOptions
  readonly pair: CertificatePair
  readonly context: Context
}

/** Makes what the TLS library needs of a certificate and options; may throw. */
export type MakeContext<Context> = (pair: CertificatePair, options: TlsOptions, name: string) => Context

/** Why there is no plan: options that do not work, or a name that no certificate holds and that nothing stands in for. */
export type NoPlan = 'broken' | 'unrecognized'

const DEFAULT = 'default'

/**
 * Finds the certificate and the options of a server name with a few look-ups, however many there are. A plan is made when
 * the first client asks for it: the start does not wait for a thousand of them.
 *
 *     www.a.test → exact ─▶ *.a.test ─▶ default certificate ─▶ refused
 */
export class CertificateStore<Context> {
  readonly #settings: TlsSettings
  readonly #make: MakeContext<Context>
  readonly #byName = new Map<string, CertificatePair>()
  readonly #hosts: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly #plans = new Map<string, Map<CertificatePair, HandshakePlan<Context> | 'broken'>>()

  constructor(settings: TlsSettings, make: MakeContext<Context>) {
    this.#settings = settings
    this.#make = make
    this.#hosts = new Map(Object.entries(settings.hosts).map(([entryPoint, hosts]) => [entryPoint, new Map(Object.entries(hosts))]))
    for (const pair of inOrder(settings.certificates)) for (const name of pair.names) this.#byName.set(name, pair)
  }

  /** Whether an entry point has routers that want TLS. */
  serves(entryPoint: string): boolean {
    return this.#hosts.has(entryPoint)
  }

  /** `serverName` is in lower case, '' where the client named none; then its place is taken by the address that it reached. */
  plan(entryPoint: string, serverName: string, localAddress: string): HandshakePlan<Context> | NoPlan {
    const hosts = this.#hosts.get(entryPoint)
    return this.planWith(hosts?.get(serverName) ?? hosts?.get(wildcardOf(serverName)) ?? DEFAULT, serverName, localAddress)
  }

  /** Whether a router of the entry point names this host, or a wildcard that covers it. */
  namesHost(entryPoint: string, serverName: string): boolean {
    const hosts = this.#hosts.get(entryPoint)
    return hosts !== undefined && (hosts.has(serverName) || hosts.has(wildcardOf(serverName)))
  }

  /** The same where the options are known by their name. */
  planWith(name: string, serverName: string, localAddress: string): HandshakePlan<Context> | NoPlan {
    const options = Object.hasOwn(this.#settings.options, name) ? this.#settings.options[name] : undefined
    if (options === undefined) return 'broken'
    const pair = this.#pairOf(serverName === '' ? localAddress : serverName)
    const known = pair ?? (options.sniStrict ? undefined : this.#settings.defaultCertificate)
    return known === undefined ? 'unrecognized' : this.#planOf(known, options, name)
  }

  #pairOf(name: string): CertificatePair | undefined {
    return this.#byName.get(name) ?? this.#byName.get(wildcardOf(name))
  }

  #planOf(pair: CertificatePair, options: TlsOptions, name: string): HandshakePlan<Context> | 'broken' {
    let plans = this.#plans.get(name)
    if (plans === undefined) {
      plans = new Map()
      this.#plans.set(name, plans)
    }
    let plan = plans.get(pair)
    if (plan === undefined) {
      plan = this.#makePlan(pair, options, name)
      plans.set(pair, plan)
    }
    return plan
  }

  /** What the control plane has checked should not fail here; if it does, only these names are affected. */
  #makePlan(pair: CertificatePair, options: TlsOptions, name: string): HandshakePlan<Context> | 'broken' {
    try {
      return { name, options, pair, context: this.#make(pair, options, name) }
    } catch {
      return 'broken'
    }
  }
}

/** The wildcard that covers a name: exactly its leftmost label. */
function wildcardOf(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? '' : `*${name.slice(dot)}`
}

/** Where two certificates hold one name, that with the greater list of names wins; of two with the same list, the first. */
function inOrder(pairs: readonly CertificatePair[]): CertificatePair[] {
  const byNames = new Map<string, CertificatePair>()
  for (const pair of pairs) {
    const key = [...pair.names].sort().join(',')
    if (!byNames.has(key)) byNames.set(key, pair)
  }
  return [...byNames].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, pair]) => pair)
}
