import { internalEntryPointOf } from '../../config/complete-static.ts'
import { entryPoint } from '../../config/entry-point.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import { type ProviderOptions, type StaticConfiguration, staticConfiguration } from '../../config/static.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Tree } from '../../schema/tree.ts'
import type { Answer, Question } from '../../thread/question.ts'
import { PROTOCOLS } from '../element.ts'
import { archive, json, refusal } from './answers.ts'
import { type CertificateItem, certificatesOf } from './certificates.ts'
import {
  type Collection,
  certificateCollection,
  entryPointCollection,
  middlewareCollection,
  routerCollection,
  serviceCollection,
} from './collections.ts'
import { goJson } from './go-json.ts'
import { refuseForeignHosts, refuseForeignPages } from './guard.ts'
import type { ServerReports } from './health.ts'
import { overviewOf } from './overview.ts'
import { rawDataOf } from './raw-data.ts'
import { Refusal } from './refusal.ts'
import { shaped } from './shape.ts'
import { archiveOf } from './support-dump.ts'
import { type Reviewed, type View, viewOf } from './view.ts'

export interface ApiParts {
  readonly configuration: StaticConfiguration
  /** Installed providers: they say what of their options is a secret. */
  readonly providers: readonly ProviderOptions[]
  readonly version: string
  readonly hostname: string
  readonly reports: ServerReports
  /** What is live. */
  readonly snapshot: () => Snapshot | undefined
}

/** `api@internal`: what is configured, what is wrong with it and which servers are up. Nothing can be changed by it. */
export class Api {
  readonly #parts: ApiParts
  readonly #startDate = new Date().toISOString()
  /** Where its paths begin. */
  readonly #root: string
  /** What came of the last check of all words; undefined before the first. */
  #reviewed: Reviewed | undefined
  /** Of that: whoever asks first makes it, a reload does not. */
  #known: View | undefined
  #findings: readonly Finding[] = []

  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#root = `${parts.configuration.api?.basePath.replace(/\/+$/, '') ?? ''}/api/`
  }

  /** Takes what came of a check. */
  review(reviewed: Omit<Reviewed, 'configuration'>): void {
    this.#reviewed = { ...reviewed, configuration: this.#parts.configuration }
    this.#known = undefined
  }

  /** Takes all findings that there are. */
  found(findings: readonly Finding[]): void {
    this.#findings = findings
  }

  async answer(question: Question): Promise<Answer> {
    try {
      this.#admit(question)
      return await this.#find(question)
    } catch (error) {
      if (error instanceof Refusal) return refusal(error)
      throw error
    }
  }

  #admit(question: Question): void {
    const { configuration, hostname } = this.#parts
    refuseForeignPages(question)
    const isOpen = configuration.api?.insecure === true && question.entryPoint === internalEntryPointOf(configuration)
    if (isOpen) refuseForeignHosts(question, hostname, this.#view.http.routers.values())
    if (question.method !== 'GET' && question.method !== 'HEAD') throw new Refusal(405, 'the API is only read')
  }

  #find({ path, query = '' }: Question): Answer | Promise<Answer> {
    const [place = '', ...rest] = path.startsWith(this.#root) ? path.slice(this.#root.length).split('/') : []
    if (rest.length === 0) {
      const content = this.#document(place)
      if (content !== undefined) return json(content)
      if (place === 'support-dump') return this.#supportDump()
    }
    const found = this.#collection(place, rest)
    if (found === undefined) throw new Refusal(404, 'page not found')
    return answerFrom(found.collection, found.name, new URLSearchParams(query))
  }

  #document(place: string): object | undefined {
    const { configuration, reports } = this.#parts
    switch (place) {
      case 'version':
        return this.#version()
      case 'overview':
        return overviewOf(configuration, this.#view, this.#certificates())
      case 'rawdata':
        return rawDataOf(this.#view, reports)
      case 'findings':
        return { ok: this.#findings.every(({ severity }) => severity !== 'error'), findings: this.#findings }
      default:
        return undefined
    }
  }

  #collection(place: string, rest: readonly string[]): { readonly collection: Collection; readonly name?: string } | undefined {
    const protocol = PROTOCOLS.find((one) => one === place)
    const [kind = '', ...names] = protocol === undefined ? [place, ...rest] : rest
    const collection = protocol === undefined ? this.#ofGateway(kind) : this.#ofProtocol(protocol, kind)
    if (collection === undefined || names.length > 1) return undefined
    const [name] = names
    return { collection, ...(name === undefined ? {} : { name: decoded(name) }) }
  }

  #ofGateway(kind: string): Collection | undefined {
    const { configuration } = this.#parts
    if (kind === 'entrypoints') return entryPointCollection(configuration.entryPoints, (options) => shaped(entryPoint, options))
    return kind === 'certificates' ? certificateCollection(this.#certificates()) : undefined
  }

  #ofProtocol(protocol: (typeof PROTOCOLS)[number], kind: string): Collection | undefined {
    const { routers, services, middlewares } = this.#view[protocol]
    if (kind === 'routers') return routerCollection(protocol, routers)
    if (kind === 'services') return serviceCollection(protocol, services, this.#parts.reports)
    return kind === 'middlewares' && protocol !== 'udp' ? middlewareCollection(protocol, middlewares) : undefined
  }

  get #view(): View {
    if (this.#reviewed === undefined) throw new Refusal(503, 'the configuration is not checked yet')
    this.#known ??= viewOf(this.#reviewed)
    return this.#known
  }

  #certificates(): CertificateItem[] {
    return certificatesOf(this.#parts.snapshot()?.tls, Date.now())
  }

  #version(): Tree {
    const { version, configuration } = this.#parts
    const { disableDashboardAd = false, dashboardName = '' } = configuration.api ?? {}
    return {
      Version: version,
      Codename: 'gateway',
      startDate: this.#startDate,
      ...(disableDashboardAd ? { disableDashboardAd } : {}),
      ...(dashboardName === '' ? {} : { dashboardName }),
    }
  }

  async #supportDump(): Promise<Answer> {
    const { configuration, providers, reports } = this.#parts
    const content = await archiveOf({
      'version.json': goJson(this.#version()),
      'static-config.json': goJson(shaped(staticConfiguration(providers), configuration)),
      'runtime-config.json': goJson(rawDataOf(this.#view, reports)),
    })
    return archive(content)
  }
}

function answerFrom(collection: Collection, name: string | undefined, query: URLSearchParams): Answer {
  if (name === undefined) {
    const { items, next } = collection.page(query)
    return json(items, ['X-Next-Page', String(next)])
  }
  const item = collection.find(name)
  if (item === undefined) throw new Refusal(404, `${collection.noun} not found: ${name}`)
  return json(item)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw new Refusal(400, `the name ${name} is not encoded as it should be`)
  }
}
