import type { ConfiguredCertificate, GeneratedCertificate } from '../../config/tls.ts'
import type { FindingCode, Path } from '../../findings/finding.ts'
import type { CertificatePair, GeneratedDefault, TlsOptions } from '../../tls/settings.ts'
import { ACME } from '../acme/provider-name.ts'
import type { Word } from '../aggregator.ts'
import { type Origin, type Problem, tlsOptionsPath } from '../element.ts'
import { problemAt } from '../problems.ts'
import { readOptions } from './read-options.ts'
import { readPair } from './read-pair.ts'
import { type Validity, validityOf } from './validity.ts'

/** Where the one store that is served from is configured. */
export const DEFAULT_STORE = ['tls', 'stores', 'default'] as const

/** Why something is left out. */
const ONE_STORE = 'is left alone: only the store `default` is served from'

/** What one provider says of TLS, with the contents of the files that it names. */
export interface TlsWord {
  readonly certificates: readonly CertificatePair[]
  readonly defaultCertificate: CertificatePair | undefined
  readonly generatedDefault: GeneratedDefault | undefined
  /** By the provider's own name; undefined for those that are broken. */
  readonly options: ReadonlyMap<string, TlsOptions | undefined>
  readonly problems: readonly Problem[]
  /** How long what somebody has to replace in time is valid. */
  readonly dated: readonly Dated[]
}

/** A certificate whose end has to be told before it comes. */
export interface Dated {
  /** Where it is named. */
  readonly path: Path
  readonly validity: Validity
}

/** Files are read when a provider speaks, not each time that another one does. */
const known = new WeakMap<Word, TlsWord>()

/** Reads the certificates and options of one provider; what is wrong with one of them leaves the others alone. */
export function readTls(word: Word, provider: string): TlsWord {
  const read = known.get(word) ?? new Reader(word, provider).read()
  known.set(word, read)
  return read
}

/**
 * What the files of each provider held when they were last in order. Certificate and key are replaced one after the other:
 * in between they do not belong together, and nobody should get the default certificate for that.
 */
const lastGood = new Map<string, ReadonlyMap<string, CertificatePair>>()

class Reader {
  readonly #word: Word
  readonly #origin: Origin
  readonly #problems: Problem[] = []
  readonly #dated: Dated[] = []
  readonly #good = new Map<string, CertificatePair>()

  constructor(word: Word, provider: string) {
    this.#word = word
    this.#origin = { provider, name: 'tls', locate: word.locate }
  }

  read(): TlsWord {
    const { certificates, stores } = this.#word.configuration.tls
    const pairs = certificates.map((one, index) =>
      this.#isServed(one, index) ? this.#pair(one, ['tls', 'certificates', index]) : undefined,
    )
    for (const name of Object.keys(stores)) if (name !== 'default') this.#warn(['tls', 'stores', name], 'GTW_UNSUPPORTED', ONE_STORE)
    const { defaultCertificate: own, defaultGeneratedCert } = (Object.hasOwn(stores, 'default') ? stores.default : undefined) ?? {}
    const read = {
      certificates: pairs.filter((pair) => pair !== undefined),
      defaultCertificate: own && this.#pair(own, [...DEFAULT_STORE, 'defaultCertificate']),
      generatedDefault: defaultGeneratedCert && this.#generated(defaultGeneratedCert, own !== undefined),
      options: this.#options(),
      problems: this.#problems,
      dated: this.#dated,
    }
    lastGood.set(this.#origin.provider, this.#good)
    return read
  }

  #isServed({ stores }: ConfiguredCertificate & { readonly stores: readonly string[] }, index: number): boolean {
    if (stores.length === 0 || stores.includes('default')) return true
    this.#warn(['tls', 'certificates', index, 'stores'], 'GTW_UNSUPPORTED', ONE_STORE)
    return false
  }

  #warn(path: Path, code: FindingCode, problem: string): void {
    this.#problems.push(problemAt(this.#origin, path, { code, severity: 'warning', problem }))
  }

  /** What lacks a part has been told already, when the configuration was checked. */
  #pair(configured: Partial<ConfiguredCertificate>, path: Path): CertificatePair | undefined {
    const { certFile, keyFile } = configured
    if (certFile === undefined || keyFile === undefined) return undefined
    const place = `${certFile} ${keyFile}`
    const pair = readPair({ certFile, keyFile })
    if ('problem' in pair) {
      const { field, code } = pair
      const last = lastGood.get(this.#origin.provider)?.get(place)
      const problem = last === undefined ? pair.problem : `${pair.problem}: what was there before is served on`
      this.#problems.push(problemAt(this.#origin, [...path, field], { code, problem }))
      return last && this.#serve(last, place, path)
    }
    return this.#serve(pair, place, path)
  }

  #serve(pair: CertificatePair, place: string, path: Path): CertificatePair {
    this.#good.set(place, pair)
    const validity = validityOf(pair.cert)
    // Resolvers renew their certificates themselves, and tell when they do not get to it.
    if (validity !== undefined && this.#origin.provider !== ACME) this.#dated.push({ path: [...path, 'certFile'], validity })
    return pair
  }

  #generated({ resolver, domain }: Partial<GeneratedCertificate>, isIdle: boolean): GeneratedDefault | undefined {
    const path = [...DEFAULT_STORE, 'defaultGeneratedCert']
    if (isIdle) {
      this.#warn(path, 'GTW_CONFLICT', 'is not used, as there is a `defaultCertificate`')
      return undefined
    }
    // What lacks a part has been told already, here too.
    const { main, sans = [] } = domain ?? {}
    return resolver && main ? { resolver, names: [main, ...sans], provider: this.#origin.provider } : undefined
  }

  #options(): Map<string, TlsOptions | undefined> {
    const { provider } = this.#origin
    const broken = new Set(this.#word.problems.map(({ disables }) => disables))
    const all = new Map<string, TlsOptions | undefined>()
    for (const [name, configured] of Object.entries(this.#word.configuration.tls.options)) {
      const element = tlsOptionsPath(name, provider)
      const { options, bad } = readOptions(configured)
      for (const { place, ...facts } of bad) this.#problems.push(problemAt(this.#origin, ['tls', 'options', name, ...place], facts))
      const isBroken = broken.has(element) || bad.some(({ severity }) => severity === 'error')
      all.set(name, isBroken ? undefined : options)
    }
    return all
  }
}
