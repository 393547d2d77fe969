import { deprecated, list, object, section } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { admitAddresses } from './shared/admit-addresses.ts'
import { clientIp, ipRange, ipStrategyOptions } from './shared/ip-strategy.ts'

/** What `ipAllowList` was called before. */
export const ipWhiteList = defineMiddleware({
  name: 'ipWhiteList',
  options: deprecated(
    object('Admits clients by their address.', {
      sourceRange: list(ipRange, 'Addresses and networks that are admitted.', { required: true, minItems: 1 }),
      ipStrategy: section(ipStrategyOptions),
    }),
    'is called `ipAllowList` now',
  ),
  build: ({ sourceRange, ipStrategy }) => admitAddresses({ sourceRange, clientIp: clientIp(ipStrategy), rejectStatusCode: 403 }),
})
