import { literalHosts } from '../../rule/compile.ts'
import { parseRule } from '../../rule/parser.ts'
import { RuleError } from '../../rule/rule-error.ts'
import type { RuleSyntax } from '../../rule/syntaxes.ts'

/** A router as far as TLS is concerned. */
export interface TlsRouter {
  readonly entryPoints: readonly string[]
  readonly rule: string
  readonly ruleSyntax: RuleSyntax
  /** Name of its options. */
  readonly options: string
}

/** Why a router gets the default options on an entry point. */
export interface Conflict {
  readonly router: string
  readonly entryPoint: string
  /** The host for which others want other options; undefined where the rule names none. */
  readonly host: string | undefined
}

/** Which options each host gets on each entry point. */
export interface HostOptions {
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly conflicts: readonly Conflict[]
}

/** The options that every conflict falls back to. */
export const DEFAULT_OPTIONS = 'default'

/** Hosts whose options do not work are closed, whatever else is said of them. */
type Known = (name: string) => boolean

/**
 * The options of a connection are chosen by the name that the client asks for, before there is a request: all routers of a
 * host have to agree on them. Where they do not, each of them falls back to the default ones.
 */
export function bindHosts(routers: ReadonlyMap<string, TlsRouter>, isKnown: Known): HostOptions {
  const entryPoints = new Set([...routers.values()].flatMap((router) => router.entryPoints))
  const conflicts: Conflict[] = []
  const hosts: Record<string, Record<string, string>> = {}
  const hostsOf = new Map([...routers].map(([name, router]) => [name, hostsIn(router)]))
  for (const entryPoint of entryPoints) {
    const here = [...routers].filter(([, router]) => router.entryPoints.includes(entryPoint))
    const binding = new Binding(
      here.map(([name, { options }]) => ({ name, options, hosts: hostsOf.get(name) ?? [] })),
      isKnown,
    )
    hosts[entryPoint] = Object.fromEntries(binding.hosts)
    for (const [router, host] of binding.conflicts) conflicts.push({ router, entryPoint, host })
  }
  return { hosts, conflicts }
}

interface Wish {
  readonly name: string
  readonly options: string
  readonly hosts: readonly string[]
}

/** The routers of one entry point. A fallback may lead to the next conflict, until everyone agrees. */
class Binding {
  readonly hosts = new Map<string, string>()
  readonly conflicts = new Map<string, string | undefined>()
  readonly #wishes: readonly Wish[]

  constructor(wishes: readonly Wish[], isKnown: Known) {
    this.#wishes = wishes
    for (const { name, options, hosts } of wishes)
      if (hosts.length === 0 && options !== DEFAULT_OPTIONS) this.conflicts.set(name, undefined)
    while (this.#bind(isKnown)) this.hosts.clear()
  }

  /** Returns whether there was a new conflict. */
  #bind(isKnown: Known): boolean {
    const disputed = new Set<string>()
    for (const { name, options, hosts } of this.#wishes) {
      const wanted = this.conflicts.has(name) ? DEFAULT_OPTIONS : options
      for (const host of hosts) {
        const bound = this.hosts.get(host)
        if (bound === undefined || (isKnown(bound) && !isKnown(wanted))) this.hosts.set(host, wanted)
        else if (bound !== wanted && isKnown(bound) && isKnown(wanted)) disputed.add(host)
      }
    }
    const before = this.conflicts.size
    for (const { name, options, hosts } of this.#wishes) {
      const host = hosts.find((one) => disputed.has(one))
      if (host !== undefined && options !== DEFAULT_OPTIONS && !this.conflicts.has(name)) this.conflicts.set(name, host)
    }
    return this.conflicts.size > before
  }
}

/** Every host that a rule names, wildcards among them, whatever stands around it; `*` alone names none. */
function hostsIn({ rule, ruleSyntax }: TlsRouter): readonly string[] {
  try {
    return literalHosts(parseRule(rule, ruleSyntax)).filter((host) => !host.includes('*') || host.startsWith('*.'))
  } catch (error) {
    // A rule that cannot be read is told where the tree is built.
    if (error instanceof RuleError) return []
    throw error
  }
}
