import { providerOf, qualify } from '../config/reference.ts'
import type { StreamRecords } from '../config/snapshot.ts'
import type { UdpService } from '../config/udp.ts'
import { type StreamAddress, streamAddress } from '../tcp/address.ts'
import { Balancer } from '../tcp/balancer.ts'
import type { StreamContext } from './build-streams.ts'
import { BuiltOnce } from './built-once.ts'

/** A UDP service, ready to be asked for the server of a new session. */
type BuiltUdpService = () => StreamAddress | undefined

/** A server, or a service below. */
interface Choice {
  readonly weight: number
  readonly isUp: () => boolean
  readonly pick: BuiltUdpService
}

const alwaysUp = (): boolean => true

/** UDP services of one snapshot. */
export function udpServices({ udpServices: options }: StreamRecords, context: StreamContext): BuiltOnce<UdpService, BuiltUdpService> {
  const services: BuiltOnce<UdpService, BuiltUdpService> = new BuiltOnce({
    path: 'udp.services',
    options,
    build(name, { loadBalancer, weighted }) {
      const servers = loadBalancer?.servers.map(({ address }): Choice => {
        const target = streamAddress(address)
        return { weight: 1, isUp: alwaysUp, pick: () => target }
      })
      const children = weighted?.services.map(({ name: child, weight }): Choice => {
        const pick = services.get(qualify(child, providerOf(name)))
        return { weight, isUp: alwaysUp, pick }
      })
      const balancer = new Balancer(servers ?? children ?? [], `udp ${name}`, context)
      return () => balancer.pick()?.pick()
    },
  })
  return services
}
