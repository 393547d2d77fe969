import type { Finding, Path, Source } from '../findings/finding.ts'
import { toFindings } from '../findings/from-issues.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { fromFlat, type Schema } from '../schema/index.ts'
import { isRefusedKey, isTree, type Tree } from '../schema/tree.ts'
import type { DefaultRule } from './default-rule.ts'
import type { Element } from './element.ts'
import { labelCalled } from './exposure.ts'
import type { LabelledItem } from './item.ts'
import { serversOf } from './item-servers.ts'
import { PROTOCOLS, type Protocol, schemaAt } from './label-schema.ts'
import { readLabels } from './said-labels.ts'
import { type SaidElements, SaidSection } from './said-section.ts'

/** How the labels of items are read. */
export interface ItemOptions {
  readonly prefix?: string | undefined
  readonly defaultRule: DefaultRule
  readonly ownRoots?: readonly string[]
}

/** What one item defines, with what is made for it by default, and what is wrong with it. */
export function itemElements(
  item: LabelledItem,
  options: ItemOptions,
  schema: Schema,
): { readonly elements: Element[]; readonly findings: Finding[] } {
  return new ItemReader(item, options, schema)
}

class ItemReader {
  readonly elements: Element[] = []
  readonly findings: Finding[] = []
  readonly #item: LabelledItem
  readonly #options: ItemOptions
  readonly #flat: ReturnType<typeof fromFlat>
  readonly #sections: Readonly<Record<Protocol, SaidSection>>

  constructor(item: LabelledItem, options: ItemOptions, schema: Schema) {
    this.#item = item
    this.#options = options
    const said = readLabels(item, options)
    this.#flat = fromFlat(schema, said.entries)
    this.findings.push(...said.findings, ...toFindings(this.#flat.issues, this.#locate))
    const broken = [...said.broken, ...this.#flat.issues.map(({ path }) => path.slice(0, 3))]
    const tree = isTree(this.#flat.tree) ? this.#flat.tree : {}
    const sectionOf = (protocol: Protocol) =>
      new SaidSection(tree[protocol], { schema: schemaAt([protocol], schema), path: [protocol] }, broken)
    this.#sections = { http: sectionOf('http'), tcp: sectionOf('tcp'), udp: sectionOf('udp') }
    for (const protocol of PROTOCOLS) this.#read(protocol, tree[protocol])
    this.#readStore(tree.tls, broken)
  }

  readonly #locate = (path: Path): Source =>
    this.#flat.locate(path) ?? {
      kind: 'label',
      item: this.#item.name,
      // What has no label of its own is there because the item is served.
      label: labelCalled(this.#item.labels, 'enable', this.#options.prefix) ?? `${this.#options.prefix ?? 'gateway'}.enable`,
    }

  #read(protocol: Protocol, said: unknown): void {
    // All of a protocol that is not supported is one thing, which whoever checks the configuration reports by name.
    if (said !== undefined && !isTree(said)) this.#add([protocol], said)
    const section = this.#sections[protocol]
    this.findings.push(...toFindings(section.issues, this.#locate))
    const routers = new Map(section.of('routers'))
    const services = new Map(section.of('services'))
    if (!section.isDamaged) this.#addDefaults(protocol, routers, services)
    for (const [name, definition] of services) {
      if (definition !== undefined && !this.#addService(protocol, name, definition)) services.set(name, undefined)
    }
    for (const [name, definition] of routers) if (definition !== undefined) this.#addRouter(protocol, { name, definition, services })
    for (const [kind, elements] of section.kinds()) {
      if (kind === 'routers' || kind === 'services') continue
      for (const [name, definition] of elements) if (definition !== undefined) this.#add([protocol, kind, name], definition)
    }
  }

  /** Adds the service, and for HTTP the router, of an item that has none. */
  #addDefaults(protocol: Protocol, routers: SaidElements, services: SaidElements): void {
    const { serviceName } = this.#item.defaults
    if (protocol === 'http' ? this.#isOtherwiseUsed() : routers.size === 0) return
    const makesRouter = protocol === 'http' && routers.size === 0
    if ((services.size === 0 || makesRouter) && (serviceName === '' || isRefusedKey(serviceName.toLowerCase()))) {
      this.#wrong('GTW_BAD_VALUE', [protocol, 'services'], `lacks what is made by default: ${quote(serviceName)} cannot be a name`)
      return
    }
    if (services.size === 0) services.set(serviceName, {})
    if (makesRouter && services.size === 1) routers.set(serviceName, {})
    if (makesRouter && services.size > 1) this.#tellRouterless(services)
  }

  /** An item that speaks of TCP or UDP alone has nothing to do with HTTP. */
  #isOtherwiseUsed(): boolean {
    const { http, tcp, udp } = this.#sections
    const other = [tcp, udp].some((section) => section.says(['routers', 'services'])) || this.#speaksOfUnsupported()
    return other && !http.says(['routers', 'services', 'middlewares'])
  }

  /** Whether labels speak of a protocol of which nothing is known. */
  #speaksOfUnsupported(): boolean {
    const { tree } = this.#flat
    return isTree(tree) && (['tcp', 'udp'] as const).some((protocol) => tree[protocol] !== undefined && !isTree(tree[protocol]))
  }

  #tellRouterless(services: SaidElements): void {
    const names = [...services.keys()].join(', ')
    const message = `http.routers gets none by default: there is more than one service (${names})`
    this.findings.push({ code: 'GTW_MISSING', severity: 'info', message, path: 'http.routers', source: this.#locate(['http', 'services']) })
  }

  /** False where the item is no server for it. */
  #addService(protocol: Protocol, service: string, definition: Tree): boolean {
    const { loadBalancer = {}, ...others } = definition
    const path = [protocol, 'services', service]
    // Something else than a load balancer: whoever checks the configuration says what it thinks of that.
    if (!isTree(loadBalancer) || (definition.loadBalancer === undefined && Object.keys(others).length > 0)) {
      this.#add(path, definition)
      return true
    }
    const { server, ...settings } = loadBalancer
    const made = serversOf(server, { item: this.#item, protocol, service, locate: this.#locate })
    if ('findings' in made) {
      this.findings.push(...made.findings)
      return false
    }
    this.elements.push({ ...this.#element(path, { ...others, loadBalancer: settings }), servers: made.servers })
    return true
  }

  #addRouter(protocol: Protocol, { name, definition, services }: { name: string; definition: Tree; services: SaidElements }): void {
    const path = [protocol, 'routers', name]
    const rule = protocol === 'udp' ? {} : this.#ruleOf(path, definition)
    const service = this.#serviceOf(path, definition, services)
    if (rule !== undefined && service !== undefined) this.#add(path, { ...definition, ...rule, service })
  }

  #ruleOf(path: readonly string[], { rule }: Tree): { readonly rule: unknown; readonly ruleSyntax?: 'default' } | undefined {
    if (isGiven(rule)) return { rule }
    if (path[0] !== 'http') return this.#wrong('GTW_MISSING', [...path, 'rule'], 'is missing')
    const made = this.#options.defaultRule.ruleFor(this.#item.defaults.ruleContext)
    if ('problem' in made) return this.#wrong('GTW_BAD_VALUE', [...path, 'rule'], `cannot be made: ${made.problem}`)
    return { ...made, ruleSyntax: 'default' }
  }

  #serviceOf(path: readonly string[], definition: Tree, services: SaidElements): unknown {
    const { service } = definition
    if (isGiven(service)) return service
    const [only, ...others] = services.keys()
    // A router of which nobody said anything goes with its service; why that cannot be used is said already.
    if (Object.keys(definition).length === 0 && services.get(only ?? '') === undefined) return undefined
    if (only !== undefined && others.length === 0) return only
    const names = [...services.keys()].join(', ')
    const reason = only === undefined ? 'there is none' : `there is more than one (${names})`
    return this.#wrong('GTW_MISSING', [...path, 'service'], `is missing, and ${reason}`)
  }

  #readStore(tls: unknown, broken: readonly Path[]): void {
    const stores = isTree(tls) ? tls.stores : undefined
    const isBroken = broken.some(([root]) => String(root).toLowerCase() === 'tls')
    if (isBroken || !isTree(stores)) return
    for (const definition of Object.values(stores)) this.#add(['tls', 'stores', 'default'], definition)
  }

  #add(path: readonly string[], definition: unknown): void {
    this.elements.push(this.#element(path, definition))
  }

  #element(path: readonly string[], definition: unknown): Element {
    return { path, definition, item: this.#item.name, locate: this.#locate }
  }

  #wrong(code: Finding['code'], path: Path, problem: string): undefined {
    const place = dotted(path)
    this.findings.push({ code, severity: 'error', message: `${place} ${problem}`, path: place, source: this.#locate(path) })
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'string' || value.trim() !== '')
}
