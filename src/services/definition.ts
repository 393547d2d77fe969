import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Schema } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import type { Kept } from '../state/kept.ts'

/** Where one server of a load balancer listens, and how a request is addressed to it. */
export interface ServerAddress {
  /** `h2c`: HTTP/2 without TLS, known beforehand. */
  readonly scheme: 'http' | 'https' | 'h2c'
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
  /** The dispatch that sends requests to one server, through the pool of the named transport or of the default one. */
  readonly openServer: (address: ServerAddress, transport: string | undefined) => Dispatch
  /** Another service, by its name as configured; throws where it cannot be built. */
  readonly child: (name: string) => BuiltService
  /** State of this thread that a reload leaves alone while its key stays the same. */
  readonly keep: <T extends Kept>(key: string, create: () => T) => T
  /** State of all threads that a reload leaves alone while its key stays the same. */
  readonly cells: (key: string, size: number) => Cells
}

/** A service that answers requests. */
export interface BuiltService {
  readonly dispatch: Dispatch
  /** Whether there is anyone to answer. */
  isUp(): boolean
  /** Whether it knows: the health of what does not is not asked for. */
  readonly reportsHealth: boolean
  /** What it calls itself where its parent asks for its health in vain. */
  readonly kind: string
}

/** An element that a service cannot do without. */
export interface ServiceReference {
  readonly kind: 'services' | 'serversTransports'
  readonly name: string
  /** Below the kind of the service. */
  readonly place: readonly (string | number)[]
}

/** A kind of service: its options, what these refer to, and a function that makes one from them. */
export interface ServiceDefinition<Options = unknown> {
  /** The key under the name of the service, for instance `loadBalancer`. */
  readonly name: string
  readonly options: Schema<Options>
  references(options: Options): readonly ServiceReference[]
  build(options: Options, context: ServiceContext): BuiltService
}

/** Declares a service; the options of `build` follow from the schema. */
export function defineService<Options>(definition: ServiceDefinition<Options>): ServiceDefinition<Options> {
  return definition
}
