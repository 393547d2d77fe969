import { expect, test } from 'vitest'
import { staticOf } from '../../test/harness/static.ts'
import { settledObservability } from '../config/observability.ts'
import { aggregate } from './aggregator.ts'
import { merge } from './merge.ts'

const cases: readonly (readonly [why: string, entryPoint: object | undefined, router: object | undefined, routers: readonly string[]])[] = [
  ['nobody says anything', undefined, undefined, ['app@file']],
  ['the router says that it is not', undefined, { metrics: false }, ['app@file unmeasured']],
  ['the entry point says it, and the router is one for each', { metrics: false }, undefined, ['app@file', 'web-app@file unmeasured']],
  ['the router knows better than its entry point', { metrics: false }, { metrics: true }, ['app@file', 'web-app@file']],
  ['the router speaks of something else', { metrics: false }, { tracing: true }, ['app@file', 'web-app@file unmeasured']],
]

for (const [why, entryPoint, router, routers] of cases) {
  test(`whether a router is counted: ${why}`, () => {
    const observed = entryPoint === undefined ? {} : { observability: entryPoint }
    const configuration = staticOf({ entryPoints: { web: { address: ':80', ...observed }, other: { address: ':81' } } })
    const app = { rule: 'Path(`/`)', service: 'noop@internal', ...(router === undefined ? {} : { observability: router }) }
    const said = aggregate(new Map(), { provider: 'file', message: { configuration: { http: { routers: { app } } } } })
    const merged = merge(said, configuration)
    expect([...merged.routers].map(([name, { unmeasured }]) => (unmeasured ? `${name} unmeasured` : name)).sort()).toEqual(routers)
    expect(merged.problems).toEqual([])
  })
}

test('what is said nowhere has the defaults of Traefik', () => {
  expect(settledObservability(undefined, undefined)).toEqual({ accessLogs: true, metrics: true, tracing: true, traceVerbosity: 'minimal' })
  expect(settledObservability({ metrics: true }, { metrics: false, tracing: false })).toMatchObject({ metrics: true, tracing: false })
})
