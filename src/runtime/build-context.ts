import type { ServersTransport } from '../config/servers-transport.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Finding } from '../findings/finding.ts'
import type { MiddlewareContext, Time, UserCode } from '../middlewares/definition.ts'
import type { ServerAddress, ServiceContext } from '../services/definition.ts'
import type { BuildMemory } from './build-memory.ts'
import type { Keeper } from './keeper.ts'
import type { TreeObserver } from './tree-observer.ts'

/** What a tree needs from the thread it is built in; the control plane gives inert parts, a worker real ones. */
export interface BuildContext {
  /** Names of all entry points. */
  readonly entryPoints: readonly string[]
  /** `default@internal`: for services that name no transport. */
  readonly defaultTransport: ServersTransport
  /** The dispatch that sends requests to one server through its pool. */
  readonly openServer: (address: ServerAddress, transport: ServersTransport) => Dispatch
  /** State that a reload leaves alone while its key stays the same. */
  readonly keep: ServiceContext['keep']
  /** State that all threads share while its key stays the same. */
  readonly cells: ServiceContext['cells']
  /** Services of our own by qualified name: `ping@internal`, `whoami@internal`, … */
  readonly internalServices: Readonly<Record<string, Dispatch>>
  readonly time: Time
  /** Without it, no password is right. */
  readonly checkPassword?: MiddlewareContext['checkPassword']
  /** Hears what a middleware lacks, by its name, and when it has it again. */
  readonly onTrouble?: (middleware: string, problem: string | undefined) => void
  /** Without it, nothing of users runs. */
  readonly userCode?: UserCode
  /** Without it, nobody watches. */
  readonly observer?: TreeObserver
  /** What the last build has made, and the keeper behind `keep`; without them everything is made anew. */
  readonly last?: { readonly memory: BuildMemory; readonly keeper: Keeper }
}

/** The handler trees of one snapshot. */
export interface Built {
  /** One dispatch per entry point name, for requests in clear text … */
  readonly trees: ReadonlyMap<string, Dispatch>
  /** … and for those that came through TLS: a router answers one of the two. */
  readonly tlsTrees: ReadonlyMap<string, Dispatch>
  /** What did not build, each with the path `http.<kind>.<qualified name>…`; only that element is left out. */
  readonly findings: readonly Finding[]
  /** The shared state that the trees asked for: words by key. */
  readonly cells: ReadonlyMap<string, number>
  /** For the next build. */
  readonly memory: BuildMemory
  /** Makes it what requests meet, in one go: the trees of a memory are the same ones from build to build. */
  commit(): void
}
