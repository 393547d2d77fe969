import { small } from '../data-plane/loads.ts'
import { gatewayPeer } from '../data-plane/subject.ts'
import type { Trial } from '../data-plane/trial.ts'
import { runLoad } from '../load.ts'
import { whatIsWrongWith } from '../measure.ts'
import { nginx } from '../peers/nginx.ts'
import { defineComparison } from '../protocols/comparison.ts'
import { cpuAtMost } from '../protocols/goals.ts'
import { FIVE, pathOf, routersFor } from './cases.ts'

/** As browsers send it: whether to compress has to be found out. */
const FIELDS = ['Accept-Encoding: gzip, deflate, br, zstd']

const row = { ...small, path: pathOf(FIVE) }

/** A router with the usual middlewares against a proxy that has none. */
export const five: Trial = defineComparison({
  name: 'five',
  title: 'small GET through ipAllowList, rateLimit, headers, compress (too small to do it) and stripPrefix, against nginx with none of it',
  unit: 'request',
  goals: [cpuAtMost(1.5, 'nginx')],
  prepare: async ({ originPort }) => ({
    peers: [gatewayPeer('gateway', { dynamic: routersFor([FIVE]) }), nginx],
    originPort,
    exchange: {
      whatIsWrong: (url) => whatIsWrongWith(url, row),
      load: (options) => runLoad({ ...options, row, fields: FIELDS }),
    },
  }),
})
