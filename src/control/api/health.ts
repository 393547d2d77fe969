import { ServerState, serverKey } from '../../services/server-state.ts'
import { tcpServiceKey } from '../../tcp/keys.ts'
import type { CheckFacts } from '../health/server-check.ts'

/** Whether a server gets requests, and what is known about that. */
export interface ServerReport {
  readonly status: 'UP' | 'DOWN'
  /** RFC 3339. */
  readonly since?: string
  /** Why it is down. */
  readonly reason?: string
  /** RFC 3339; absent where no check has ended. */
  readonly lastCheck?: string
}

export interface HealthSources {
  /** The memory that all threads share. */
  readonly words: Int32Array
  /** Where the state of each server lies, by key. */
  readonly places: () => Readonly<Record<string, number>>
  readonly factsOf: (key: string) => CheckFacts | undefined
}

/** What the data plane knows of servers: the verdict of the active check, and of failures. */
export class ServerReports {
  readonly #sources: HealthSources

  constructor(sources: HealthSources) {
    this.#sources = sources
  }

  /** `server` as it is configured. A server whose state nobody shares is up. */
  of(protocol: 'http' | 'tcp', service: string, server: string): ServerReport {
    const { words, places, factsOf } = this.#sources
    const key = serverKey(protocol === 'tcp' ? tcpServiceKey(service) : service, server)
    const at = places()[key]
    const state = at === undefined ? undefined : new ServerState({ words, at })
    const facts = factsOf(key)
    const told = dated('lastCheck', facts?.lastCheck)
    // The check has found nothing wrong: requests have failed.
    if (state?.activeUp && !state.isUp()) return { status: 'DOWN', reason: 'requests to it have failed', ...told }
    const status = state === undefined || state.activeUp ? 'UP' : 'DOWN'
    return { status, ...dated('since', facts?.since), ...(facts?.reason ? { reason: facts.reason } : {}), ...told }
  }
}

function dated<Name extends string>(name: Name, time: number | undefined): { readonly [_ in Name]?: string } {
  return time === undefined ? {} : ({ [name]: new Date(time).toISOString() } as { readonly [_ in Name]: string })
}
