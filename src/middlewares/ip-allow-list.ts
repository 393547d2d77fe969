import { reasonOf } from '../http/status.ts'
import { integer, list, object, section } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { admitAddresses } from './shared/admit-addresses.ts'
import { clientIp, ipRange, ipStrategyOptions } from './shared/ip-strategy.ts'

/** Lets only clients with certain addresses in. */
export const ipAllowList = defineMiddleware({
  name: 'ipAllowList',
  options: object('Admits clients by their address.', {
    sourceRange: list(ipRange, 'Addresses and networks that are admitted.', { required: true, minItems: 1 }),
    ipStrategy: section(ipStrategyOptions),
    rejectStatusCode: integer('What all others are answered.', { default: 403 }),
  }),
  build: ({ sourceRange, ipStrategy, rejectStatusCode }) => {
    // An interim response ends no request.
    if (rejectStatusCode < 200 || reasonOf(rejectStatusCode) === '') throw new Error(`invalid HTTP status code ${rejectStatusCode}`)
    return admitAddresses({ sourceRange, clientIp: clientIp(ipStrategy), rejectStatusCode })
  },
})
