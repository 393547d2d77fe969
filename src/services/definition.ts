import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Kept } from './kept.ts'

/** Where one server of a load balancer listens, and how a request is addressed to it. */
export interface ServerAddress {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** What stands in the Host field: undefined for what the client sent. */
  readonly hostField: string | undefined
  /** Put before the path of every request; '' for nothing. */
  readonly basePath: string
}

/** What a service needs from the thread and the tree that it is built in. */
export interface ServiceContext {
  /** Qualified name of the service. */
  readonly name: string
  /** The dispatch that sends requests to one server, through the pool of the service's transport. */
  readonly openServer: (address: ServerAddress) => Dispatch
  /** State that a reload leaves alone while its key stays the same. */
  readonly keep: <T extends Kept>(key: string, create: () => T) => T
}
