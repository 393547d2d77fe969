import { settledObservability } from '../../config/observability.ts'
import { qualify } from '../../config/reference.ts'
import type { SnapshotRouterTls } from '../../config/snapshot.ts'
import { rulePriority } from '../../rule/priority.ts'
import type { Word } from '../aggregator.ts'
import { elementPath, type Protocol } from '../element.ts'
import type { Candidate } from '../merge.ts'
import type { Conditions } from './status.ts'
import type { Reviewed, RouterElement } from './view.ts'

/** A router of any protocol, as far as the API looks at it. */
interface Configured {
  readonly rule?: string | undefined
  readonly service?: string | undefined
  readonly middlewares?: readonly string[] | undefined
  readonly priority?: bigint | undefined
  readonly tls?: object | undefined
  readonly observability?: Parameters<typeof settledObservability>[0]
}

/** What has become of a router that was merged. */
interface Merged {
  readonly entryPoints: readonly string[]
  readonly middlewares?: readonly string[]
  readonly priority?: bigint
  readonly tls?: SnapshotRouterTls | { readonly passthrough: true }
}

/** The routers of a protocol: those that were merged, under the names that they have got, and those that could not be. */
export function routersOf(
  protocol: Protocol,
  { said, verified, configuration }: Reviewed,
  conditions: Conditions,
): Map<string, RouterElement> {
  const { candidate } = verified
  const merged = mergedIn(candidate, protocol)
  const routers = new Map<string, RouterElement>()
  const add = (name: string, { provider, word, own }: Named): void => {
    const configured = configuredIn(word, protocol)[own]
    if (configured === undefined) return
    const became = merged.get(name)
    const condition = conditions.of(elementPath('routers', name, protocol))
    const ownCondition = condition.status === 'enabled' ? conditions.of(elementPath('routers', `${own}@${provider}`, protocol)) : condition
    const { status, errors } = ownCondition
    const facts = factsOf(configured, became, provider)
    const entryPoint = configuration.entryPoints[facts.entryPoints[0] ?? '']
    const observability = protocol === 'http' ? settledObservability(configured.observability, entryPoint?.observability) : undefined
    const { references } = word
    routers.set(name, { name, provider, configured, references, status, errors, ...facts, tls: tlsOf(became?.tls), observability })
  }
  for (const name of merged.keys()) {
    const origin = candidate.origins.get(elementPath('routers', name, protocol))
    const word = said.get(origin?.provider ?? '')
    if (origin !== undefined && word !== undefined) add(name, { provider: origin.provider, word, own: origin.name })
  }
  for (const [provider, word] of said) {
    for (const own of Object.keys(configuredIn(word, protocol))) {
      const name = `${own}@${provider}`
      const isLeftOut = verified.disabled.has(elementPath('routers', name, protocol))
      if (isLeftOut && !routers.has(name)) add(name, { provider, word, own })
    }
  }
  return routers
}

interface Named {
  readonly provider: string
  readonly word: Word
  /** Name that the provider has given. */
  readonly own: string
}

function mergedIn({ routers, streams }: Candidate, protocol: Protocol): ReadonlyMap<string, Merged> {
  if (protocol === 'http') return routers
  return protocol === 'tcp' ? streams.tcpRouters : streams.udpRouters
}

function configuredIn({ configuration }: Word, protocol: Protocol): Readonly<Record<string, Configured>> {
  return configuration[protocol].routers
}

type Facts = Pick<RouterElement, 'rule' | 'service' | 'target' | 'middlewares' | 'entryPoints' | 'priority'>

function factsOf(configured: Configured, became: Merged | undefined, provider: string): Facts {
  const { rule = '', service = '', middlewares = [], priority } = configured
  return {
    rule,
    service,
    target: service === '' ? '' : qualify(service, provider),
    middlewares: became?.middlewares ?? middlewares.map((name) => qualify(name, provider)),
    entryPoints: became === undefined ? [] : [...became.entryPoints].sort(),
    priority: became?.priority ?? (priority || rulePriority(rule)),
  }
}

/** What holds of TLS, wherever it was said. */
function tlsOf(tls: Merged['tls']): object | undefined {
  if (tls === undefined || !('options' in tls)) return undefined
  const { options, certResolver } = tls
  return { ...(certResolver === undefined ? {} : { certResolver }), options }
}
