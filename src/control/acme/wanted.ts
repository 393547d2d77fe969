import type { Snapshot, SnapshotRouterTls } from '../../config/snapshot.ts'
import { literalHosts } from '../../rule/compile.ts'
import { parseRule } from '../../rule/parser.ts'
import { RuleError } from '../../rule/rule-error.ts'
import type { RuleSyntax } from '../../rule/syntaxes.ts'
import { compileTcpRule } from '../../rule/tcp.ts'
import { keyOf, type Wanted } from './ledger.ts'
import { type Abilities, covers, orderableNames } from './names.ts'

/** What routers want of one resolver, and what of that no authority would give. */
export interface Wishes {
  readonly wanted: readonly Wanted[]
  readonly refused: readonly Refused[]
}

/** Names for which nothing is ordered, and why. */
interface Refused {
  readonly router: string
  readonly reason: string
}

/** What of a snapshot may want certificates. */
type Wishful = Pick<Snapshot, 'routers' | 'streams' | 'tls'>

/** The certificates that the routers of a snapshot want of a resolver. One that another one holds all names of is not needed. */
export function wishesFor(resolver: string, snapshot: Wishful, abilities: Abilities): Wishes {
  const sets = new Map<string, { names: readonly string[]; routers: string[] }>()
  const refused: Refused[] = []
  const want = (written: readonly string[], router: string): void => {
    const names = orderableNames(written, abilities)
    if ('refusal' in names) refused.push({ router, reason: names.refusal })
    else addRouter(sets, names, router)
  }
  const { generatedDefault } = snapshot.tls ?? {}
  if (generatedDefault?.resolver === resolver) want(generatedDefault.names, `tls.stores.default@${generatedDefault.provider}`)
  for (const { router, tls, hosts } of routersIn(snapshot)) {
    if (tls.certResolver === resolver) for (const written of tls.domains ?? [hosts()]) want(written, router)
  }
  return { wanted: withoutContained([...sets.values()]), refused }
}

interface TlsRouter {
  readonly router: string
  readonly tls: SnapshotRouterTls
  /** The names in its rule. */
  readonly hosts: () => readonly string[]
}

/** All routers with which the gateway does TLS, whatever they route. */
function routersIn({ routers, streams }: Wishful): TlsRouter[] {
  const http = Object.entries(routers).flatMap(([router, { tls, rule, ruleSyntax }]) =>
    tls === undefined ? [] : [{ router, tls, hosts: () => orNone(() => literalHosts(parseRule(rule, ruleSyntax))) }],
  )
  const tcp = Object.entries(streams?.tcpRouters ?? {}).flatMap(([router, { tls, rule, ruleSyntax }]) =>
    tls === undefined || 'passthrough' in tls ? [] : [{ router, tls, hosts: () => orNone(() => serverNames(rule, ruleSyntax)) }],
  )
  return [...http, ...tcp]
}

function serverNames(rule: string, syntax: RuleSyntax): readonly string[] {
  return (compileTcpRule(rule, syntax, true).names ?? []).flatMap(({ text, isExact }) => (isExact ? [text] : []))
}

function addRouter(sets: Map<string, { names: readonly string[]; routers: string[] }>, names: readonly string[], router: string): void {
  const known = sets.get(keyOf(names))
  if (known === undefined) sets.set(keyOf(names), { names, routers: [router] })
  else if (!known.routers.includes(router)) known.routers.push(router)
}

function withoutContained(sets: readonly Wanted[]): Wanted[] {
  return sets.filter(
    ({ names }, index) =>
      !sets.some((other, at) => at !== index && other.names.length > names.length && names.every((name) => covers(other.names, name))),
  )
}

function orNone(read: () => readonly string[]): readonly string[] {
  try {
    return read()
  } catch (error) {
    // What is wrong with a rule is told where the tree is built.
    if (error instanceof RuleError) return []
    throw error
  }
}
