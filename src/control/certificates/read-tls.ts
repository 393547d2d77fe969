import type { ConfiguredCertificate } from '../../config/tls.ts'
import type { Path } from '../../findings/finding.ts'
import type { CertificatePair, TlsOptions } from '../../tls/settings.ts'
import type { Word } from '../aggregator.ts'
import { type Origin, type Problem, tlsOptionsPath } from '../element.ts'
import { problemAt } from '../problems.ts'
import { readOptions } from './read-options.ts'
import { readPair, validityProblem } from './read-pair.ts'

/** What one provider says of TLS, with the contents of the files that it names. */
export interface TlsWord {
  readonly certificates: readonly CertificatePair[]
  readonly defaultCertificate: CertificatePair | undefined
  /** By the provider's own name; undefined for those that are broken. */
  readonly options: ReadonlyMap<string, TlsOptions | undefined>
  readonly problems: readonly Problem[]
}

/** Files are read when a provider speaks, not each time that another one does. */
const known = new WeakMap<Word, TlsWord>()

/** Reads the certificates and options of one provider; what is wrong with one of them leaves the others alone. */
export function readTls(word: Word, provider: string): TlsWord {
  const read = known.get(word) ?? new Reader(word, provider).read()
  known.set(word, read)
  return read
}

class Reader {
  readonly #word: Word
  readonly #origin: Origin
  readonly #problems: Problem[] = []

  constructor(word: Word, provider: string) {
    this.#word = word
    this.#origin = { provider, name: 'tls', locate: word.locate }
  }

  read(): TlsWord {
    const { certificates, stores } = this.#word.configuration.tls
    const isServed = ({ stores: named }: (typeof certificates)[number]): boolean => named.length === 0 || named.includes('default')
    const pairs = certificates.map((one, index) => (isServed(one) ? this.#pair(one, ['tls', 'certificates', index]) : undefined))
    const own = Object.hasOwn(stores, 'default') ? stores.default?.defaultCertificate : undefined
    return {
      certificates: pairs.filter((pair) => pair !== undefined),
      defaultCertificate: own && this.#pair(own, ['tls', 'stores', 'default', 'defaultCertificate']),
      options: this.#options(),
      problems: this.#problems,
    }
  }

  /** What lacks a part has been told already, when the configuration was checked. */
  #pair(configured: Partial<ConfiguredCertificate>, path: Path): CertificatePair | undefined {
    const { certFile, keyFile } = configured
    if (certFile === undefined || keyFile === undefined) return undefined
    const pair = readPair({ certFile, keyFile })
    if ('problem' in pair) {
      const { field, code, problem } = pair
      this.#problems.push(problemAt(this.#origin, [...path, field], { code, problem }))
      return undefined
    }
    const problem = validityProblem(pair)
    const facts = { code: 'GTW_BAD_VALUE', severity: 'warning' } as const
    if (problem !== undefined) this.#problems.push(problemAt(this.#origin, [...path, 'certFile'], { ...facts, problem }))
    return pair
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
