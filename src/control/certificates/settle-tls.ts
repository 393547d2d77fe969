import { qualify } from '../../config/reference.ts'
import { quote } from '../../findings/show.ts'
import { nearest } from '../../findings/suggest.ts'
import { type CertificatePair, DEFAULT_TLS_OPTIONS, type GeneratedDefault, type TlsOptions, type TlsSettings } from '../../tls/settings.ts'
import { covers, orderableNames } from '../acme/names.ts'
import type { Word } from '../aggregator.ts'
import { type ElementPath, elementPath, type Origin, type Problem } from '../element.ts'
import type { CandidateRouter } from '../merge.ts'
import type { StreamCandidate } from '../merge-streams.ts'
import { type ProblemFacts, problemAt, spelled, unknownResolver } from '../problems.ts'
import { bindHosts, type Conflict, DEFAULT_OPTIONS, type TlsRouter } from './bind-hosts.ts'
import { type ExpiryJudge, REPLACE_IN_TIME } from './expiry-judge.ts'
import { type Dated, DEFAULT_STORE, readTls } from './read-tls.ts'

/** The part of a candidate that TLS is about. */
export interface TlsDraft {
  readonly routers: Map<string, CandidateRouter>
  readonly origins: Map<ElementPath, Origin>
  readonly problems: Problem[]
  readonly streams: Pick<StreamCandidate, 'tcpRouters'>
  readonly expiry: ExpiryJudge
}

/** What providers say, in the order of their rank, and the entry points all of whose routers want TLS. */
interface TlsSources {
  readonly words: ReadonlyMap<string, Word>
  readonly entryPoints: readonly string[]
  /** Names of all resolvers of certificates. */
  readonly resolvers: readonly string[]
}

/** The name of TLS options as everyone else knows them; those called `default` belong to no provider. */
export function optionsName(written: string, provider: string): string {
  return written === '' || written === DEFAULT_OPTIONS ? DEFAULT_OPTIONS : qualify(written, provider)
}

/** Joins what all providers say of TLS; undefined where no router and no entry point asks for it. */
export function settleTls(draft: TlsDraft, { words, entryPoints, resolvers }: TlsSources): TlsSettings | undefined {
  const said = new Settlement(draft, resolvers)
  for (const [provider, word] of words) said.add(provider, word)
  const wishes = new Map<string, TlsRouter>()
  for (const [name, { entryPoints: own, rule, ruleSyntax, tls }] of draft.routers) {
    if (tls !== undefined) wishes.set(name, { entryPoints: own, rule, ruleSyntax, options: tls.options })
  }
  const ofStreams = streamWishes(draft)
  if (wishes.size === 0 && entryPoints.length === 0 && ofStreams.size === 0) return undefined
  const options = said.usableOptions()
  for (const [name, { options: wanted }] of wishes) if (options[wanted] === undefined) said.refuse(name, wanted)
  for (const [name, wanted] of ofStreams) if (options[wanted] === undefined) said.refuseStream(name, wanted)
  const { hosts, conflicts } = bindHosts(wishes, (name) => options[name] !== undefined)
  for (const conflict of conflicts) said.fallBack(conflict)
  const { certificates, defaultCertificate, generatedDefault } = said
  return {
    certificates,
    ...(defaultCertificate === undefined ? {} : { defaultCertificate }),
    ...(generatedDefault === undefined ? {} : { generatedDefault }),
    options,
    hosts: { ...Object.fromEntries(entryPoints.map((name) => [name, {}])), ...hosts },
  }
}

/** The options that TCP routers ask for: each has its own, as it is chosen before the handshake. */
function streamWishes({ streams }: TlsDraft): Map<string, string> {
  const wishes = new Map<string, string>()
  for (const [name, { tls }] of streams.tcpRouters) if (tls !== undefined && 'options' in tls) wishes.set(name, tls.options)
  return wishes
}

class Settlement {
  readonly certificates: CertificatePair[] = []
  generatedDefault: GeneratedDefault | undefined
  readonly #draft: TlsDraft
  readonly #resolvers: readonly string[]
  #ownDefault: CertificatePair | undefined
  /** Undefined for those that are broken. */
  readonly #options = new Map<string, TlsOptions | undefined>()

  constructor(draft: TlsDraft, resolvers: readonly string[]) {
    this.#draft = draft
    this.#resolvers = resolvers
  }

  /** A certificate that somebody gives as such, else one that holds what is wanted of a resolver, as soon as there is one. */
  get defaultCertificate(): CertificatePair | undefined {
    const names = orderableNames(this.generatedDefault?.names ?? [], { wildcards: true })
    if (this.#ownDefault !== undefined || 'refusal' in names) return this.#ownDefault
    const holding = this.certificates.filter((pair) => names.every((name) => covers(pair.names, name)))
    return holding.toSorted((one, other) => one.names.length - other.names.length)[0]
  }

  add(provider: string, word: Word): void {
    const { certificates, defaultCertificate, generatedDefault, options, problems, dated } = readTls(word, provider)
    const origin: Origin = { provider, name: 'tls', locate: word.locate }
    this.#draft.problems.push(...problems, ...dated.flatMap((one) => this.#judge(one, origin)))
    this.certificates.push(...certificates)
    if (defaultCertificate !== undefined && this.#ownDefault !== undefined) {
      this.#draft.problems.push(definedTwice(origin, [...DEFAULT_STORE, 'defaultCertificate']))
    }
    this.#ownDefault ??= defaultCertificate
    if (generatedDefault !== undefined) this.#addGenerated(generatedDefault, origin)
    for (const [name, one] of options) {
      const known = optionsName(name, provider)
      if (this.#options.has(known)) this.#draft.problems.push(definedTwice(origin, ['tls', 'options', name]))
      else this.#options.set(known, one)
    }
  }

  #judge({ path, validity }: Dated, origin: Origin): Problem[] {
    const judgement = this.#draft.expiry.judge(validity)
    return judgement === undefined ? [] : [problemAt(origin, path, { ...judgement, severity: 'warning', hint: REPLACE_IN_TIME })]
  }

  #addGenerated(generated: GeneratedDefault, origin: Origin): void {
    const path = [...DEFAULT_STORE, 'defaultGeneratedCert']
    const { resolver } = generated
    if (!this.#resolvers.includes(resolver)) {
      this.#draft.problems.push(unknownResolver(origin, resolver, nearest(resolver, this.#resolvers), [...path, 'resolver']))
    } else if (this.generatedDefault !== undefined) this.#draft.problems.push(definedTwice(origin, path))
    else this.generatedDefault = generated
  }

  usableOptions(): Readonly<Record<string, TlsOptions>> {
    const usable = [...this.#options].flatMap(([name, options]) => (options === undefined ? [] : [[name, options] as const]))
    return Object.fromEntries(this.#options.has(DEFAULT_OPTIONS) ? usable : [[DEFAULT_OPTIONS, DEFAULT_TLS_OPTIONS], ...usable])
  }

  /** A router never falls back to weaker options than it asks for. */
  refuse(router: string, wanted: string): void {
    const disables = elementPath('routers', router)
    const origin = this.#draft.origins.get(disables)
    if (origin !== undefined) this.#draft.problems.push(problemAt(origin, placeOf(origin), { ...this.#factsOf(wanted, origin), disables }))
  }

  /** The connections of a TCP router are closed then: without it, another router would get them. */
  refuseStream(router: string, wanted: string): void {
    const origin = this.#draft.origins.get(elementPath('routers', router, 'tcp'))
    if (origin !== undefined) this.#draft.problems.push(problemAt(origin, placeOf(origin), this.#factsOf(wanted, origin)))
  }

  #factsOf(wanted: string, { provider }: Origin): ProblemFacts {
    const spelling = spelled(wanted, provider)
    if (this.#options.has(wanted)) {
      return { code: 'GTW_BROKEN_REFERENCE', problem: `is ${quote(spelling)}, TLS options that are disabled` }
    }
    const known = [...this.#options.keys()].map((name) => spelled(name, provider))
    const suggestion = nearest(spelling, known)
    const problem = `is ${quote(spelling)}, TLS options that do not exist`
    return { code: 'GTW_UNKNOWN_TLS_OPTIONS', problem, ...(suggestion === undefined ? {} : { suggestion }) }
  }

  /** On this entry point the router goes on with the default options, under a name of its own. */
  fallBack({ router: name, entryPoint, host }: Conflict): void {
    const { routers, origins, problems } = this.#draft
    const router = routers.get(name)
    const origin = this.#originOf(name)
    if (router?.tls === undefined || origin === undefined) return
    const left = router.entryPoints.filter((one) => one !== entryPoint)
    if (left.length > 0) routers.set(name, { ...router, entryPoints: left })
    else routers.delete(name)
    const clone = `${entryPoint}-conflicted-${name}`
    origins.set(elementPath('routers', clone), origin)
    routers.set(clone, { ...router, entryPoints: [entryPoint], tls: { ...router.tls, options: DEFAULT_OPTIONS } })
    const why = host === undefined ? 'as its rule names no host' : `as other routers of ${quote(host)} ask for other options`
    const problem = `${quote(spelled(router.tls.options, origin.provider))} is not applied on ${quote(entryPoint)}, ${why}: the default TLS options are used`
    problems.push(
      problemAt(origin, ['http', 'routers', origin.name, 'tls', 'options'], { code: 'GTW_CONFLICT', severity: 'warning', problem }),
    )
  }

  #originOf(router: string): Origin | undefined {
    return this.#draft.origins.get(elementPath('routers', router))
  }
}

function placeOf({ name, protocol = 'http' }: Origin): readonly string[] {
  return [protocol, 'routers', name, 'tls', 'options']
}

function definedTwice(origin: Origin, path: readonly string[]): Problem {
  const problem = 'is also defined by another provider, which is used'
  return problemAt(origin, path, { code: 'GTW_CONFLICT', problem })
}
