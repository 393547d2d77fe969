import type { ServiceDefinition } from './definition.ts'
import { failover } from './failover.ts'
import { highestRandomWeight } from './highest-random-weight.ts'
import { loadBalancer } from './load-balancer.ts'
import { mirroring } from './mirroring.ts'
import { weighted } from './weighted.ts'

/** Every kind of service, by its key in the configuration: the only list. */
export const serviceCatalogue = { loadBalancer, weighted, highestRandomWeight, mirroring, failover } satisfies Record<
  string,
  ServiceDefinition
>
