import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Snapshot } from '../config/snapshot.ts'
import { partsBetween, SnapshotMirror } from './snapshot-parts.ts'

const snapshotOf = (routers: Record<string, unknown>, tls?: object): Snapshot =>
  ({ revision: 1, fingerprint: '', services: {}, middlewares: {}, serversTransports: {}, cells: {}, routers, ...(tls && { tls }) }) as never

const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')

test('a worker that takes all parts knows what the control plane knows, whatever came before', () => {
  const records = fc.array(fc.dictionary(names, fc.record({ rule: fc.constantFrom('x', 'y') })), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(records, (history) => {
      const mirror = new SnapshotMirror()
      let last: Snapshot | undefined
      for (const routers of history) {
        const next = snapshotOf(routers)
        for (const part of partsBetween(last, next)) mirror.take(structuredClone(part))
        last = next
        const known = mirror.snapshot(1).routers
        expect([...known.keys()].sort()).toEqual(Object.keys(routers).sort())
        for (const name of Object.keys(routers)) expect(known.get(name)).toEqual({ ...routers[name] })
      }
    }),
  )
})

test('an element that is the same object is not sent again', () => {
  const same = { rule: 'x' }
  const parts = partsBetween(snapshotOf({ same, other: { rule: 'y' } }), snapshotOf({ same, other: { rule: 'z' } }))
  expect(parts).toEqual([{ type: 'set', record: 'routers', elements: [['other', { rule: 'z' }]] }])
})

test('no part is large', () => {
  const routers = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`r${index}`, {}]))
  const sizes = partsBetween(undefined, snapshotOf(routers)).map((part) => (part.type === 'set' ? part.elements.length : 0))
  expect(sizes).toEqual([200, 200, 200, 200, 200, 1])
})

test('TLS comes, changes and goes', () => {
  const mirror = new SnapshotMirror()
  const first = snapshotOf({}, { certificates: [1] })
  for (const part of partsBetween(undefined, first)) mirror.take(part)
  expect(mirror.snapshot(1).tls).toEqual({ certificates: [1] })
  expect(partsBetween(first, { ...first })).toEqual([])
  for (const part of partsBetween(first, snapshotOf({}))) mirror.take(part)
  expect(mirror.snapshot(2)).not.toHaveProperty('tls')
})

test('elements of TCP and UDP are sent as those of HTTP are, each where it differs', () => {
  const same = { rule: 'x' }
  const none = { tcpRouters: {}, tcpServices: {}, tcpMiddlewares: {}, tcpServersTransports: {}, udpRouters: {}, udpServices: {} }
  const withStreams = (streams: object): Snapshot => ({ ...snapshotOf({}), streams: { ...none, ...streams } as never })
  const first = withStreams({ tcpRouters: { same, gone: { rule: 'y' } }, udpServices: { dns: { a: 1 } } })
  const next = withStreams({ tcpRouters: { same }, udpServices: { dns: { a: 2 } } })
  const parts = partsBetween(first, next)
  expect(parts).toEqual([
    { type: 'remove', record: 'tcpRouters', names: ['gone'] },
    { type: 'set', record: 'udpServices', elements: [['dns', { a: 2 }]] },
  ])
  const mirror = new SnapshotMirror()
  for (const part of [...partsBetween(undefined, first), ...parts]) mirror.take(structuredClone(part))
  const { tcpRouters, udpServices } = mirror.snapshot(2).streams ?? {}
  expect([{ ...tcpRouters }, { ...udpServices }]).toEqual([{ same }, { dns: { a: 2 } }])
  expect(partsBetween(next, snapshotOf({}))).toHaveLength(2)
})
