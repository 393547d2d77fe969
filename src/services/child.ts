import type { Dispatch } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import type { BuiltService, ServiceContext } from './definition.ts'
import type { Member } from './member.ts'

interface ChildFacts {
  /** As configured. */
  readonly name: string
  readonly weight: number
}

/** A service below another one that chooses between several. */
export class Child implements Member {
  readonly name: string
  readonly weight: number
  readonly fenced = false
  readonly dispatch: Dispatch
  readonly #service: BuiltService
  readonly #followsHealth: boolean

  /** Without `followsHealth` it always counts as up. */
  constructor({ name, weight }: ChildFacts, service: BuiltService, followsHealth: boolean) {
    this.name = name
    this.weight = weight
    this.dispatch = service.dispatch
    this.#service = service
    this.#followsHealth = followsHealth
  }

  isUp(): boolean {
    return !this.#followsHealth || this.#service.isUp()
  }
}

/** Builds the children that can get requests; with `followsHealth` each of them must know its health. */
export function buildChildren(facts: readonly ChildFacts[], context: ServiceContext, followsHealth: boolean): Child[] {
  const children = facts.map((one) => new Child(one, buildChild(one.name, context, followsHealth), followsHealth))
  return children.filter(({ weight }) => weight > 0)
}

/** Builds one child; throws where its health is needed and it does not know it. */
export function buildChild(name: string, context: ServiceContext, needsHealth: boolean): BuiltService {
  const service = context.child(name)
  if (needsHealth && !service.reportsHealth) {
    const reason = `healthCheck not enabled in config for this ${service.kind} service`
    throw new GatewayError('GTW_CONFIG_INVALID', `cannot register ${name} as updater for ${context.name}: ${reason}`)
  }
  return service
}
