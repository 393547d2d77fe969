import { providerOf, qualify } from '../config/reference.ts'
import type { StreamRecords } from '../config/snapshot.ts'
import type { UdpService } from '../config/udp.ts'
import { parseStreamAddress, type StreamAddress } from '../tcp/address.ts'
import { Balancer } from '../tcp/balancer.ts'
import { BuildError } from './build-error.ts'
import type { StreamContext } from './build-streams.ts'

/** A UDP service, ready to be asked for servers. */
interface BuiltUdpService {
  readonly pick: () => StreamAddress | undefined
}

const alwaysUp = (): boolean => true

/** Builds UDP services of one snapshot, each once. */
export class UdpBuilder {
  readonly #streams: StreamRecords
  readonly #context: StreamContext
  readonly #services = new Map<string, BuiltUdpService | BuildError>()

  constructor(streams: StreamRecords, context: StreamContext) {
    this.#streams = streams
    this.#context = context
  }

  service(name: string): BuiltUdpService {
    const built = this.#services.get(name) ?? this.#build(name)
    this.#services.set(name, built)
    if (built instanceof BuildError) throw built
    return built
  }

  #build(name: string): BuiltUdpService | BuildError {
    const options = this.#streams.udpServices[name]
    const path = `udp.services.${name}`
    if (options === undefined) return new BuildError(path, 'GTW_UNKNOWN_SERVICE', `the service "${name}" does not exist`)
    this.#services.set(name, new BuildError(path, 'GTW_CYCLE', `could not instantiate service ${name}: recursion detected`))
    try {
      return this.#fromOptions(name, options)
    } catch (error) {
      return error instanceof BuildError ? error : new BuildError(path, 'GTW_BAD_VALUE', (error as Error).message)
    }
  }

  #fromOptions(name: string, { loadBalancer, weighted }: UdpService): BuiltUdpService {
    const key = `udp ${name}`
    if (loadBalancer !== undefined) {
      const choices = loadBalancer.servers.map(({ address }) => {
        const target = parseStreamAddress(address)
        if (target === undefined) throw new Error(`"${address}" is not host:port`)
        return { weight: 1, isUp: alwaysUp, target }
      })
      const balancer = new Balancer(choices, key, this.#context)
      return { pick: () => balancer.pick()?.target }
    }
    const choices = (weighted?.services ?? []).map(({ name: child, weight }) => ({
      weight,
      isUp: alwaysUp,
      service: this.service(qualify(child, providerOf(name))),
    }))
    const balancer = new Balancer(choices, key, this.#context)
    return { pick: () => balancer.pick()?.service.pick() }
  }
}
