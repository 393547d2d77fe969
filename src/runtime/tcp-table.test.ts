import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileTcpRule } from '../rule/tcp.ts'
import { type TcpRoute, TcpTable } from './tcp-table.ts'

function routeOf(name: string, rule: string, priority = BigInt(rule.length), rank = 0): TcpRoute {
  const tls = { options: 'default' }
  return { name, priority, rank, rule: compileTcpRule(rule, 'v3', true), tls, guards: [], pick: () => undefined }
}

const inputFor = (serverName: string, address = '192.0.2.1') => ({ serverName, protocols: [], address })

test('the highest priority wins, then the provider, then the name', () => {
  const table = new TcpTable([
    routeOf('c', 'HostSNI(`a.test`)', 5n, 1),
    routeOf('b', 'HostSNI(`*.test`)', 5n, 0),
    routeOf('a', 'HostSNIRegexp(`a`)', 5n, 1),
    routeOf('d', 'HostSNI(`*`)', -1n),
    routeOf('e', 'HostSNI(`e.test`)', 9n),
  ])
  expect(['a.test', 'x.a.com', 'e.test', '', 'z.com'].map((name) => table.find(inputFor(name))?.name)).toEqual(['b', 'a', 'e', 'd', 'd'])
  expect(new TcpTable([]).find(inputFor('a.test'))).toBeUndefined()
})

test('it finds what asking every route in order would find', () => {
  const name = fc.constantFrom('a.test', 'b.test', 'x.a.test', 'test', '')
  const matcher = fc.constantFrom('HostSNI(`a.test`)', 'HostSNI(`*.a.test`)', 'HostSNI(`*.test`)', 'HostSNI(`*`)', 'HostSNI(`test`)')
  const rule = fc.tuple(matcher, matcher, fc.constantFrom('&&', '||')).map(([one, other, join]) => `${one} ${join} !(${other})`)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(matcher, rule), fc.integer({ min: 0, max: 3 })), { maxLength: 8 }), name, (list, asked) => {
      const routes = list.map(([text, priority], index) => routeOf(`r${index}`, text, BigInt(priority)))
      const ordered = [...routes].sort((one, other) => Number(other.priority - one.priority) || (one.name < other.name ? -1 : 1))
      expect(new TcpTable(routes).find(inputFor(asked))).toBe(ordered.find((route) => route.rule.predicate(inputFor(asked))))
    }),
  )
})
