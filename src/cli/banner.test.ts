import { expect, test } from 'vitest'
import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { banner, urlOf } from './banner.ts'

const router = (rule: string, entryPoint = 'web'): SnapshotRouter => ({
  entryPoints: [entryPoint],
  rule,
  ruleSyntax: 'v3',
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 's@file',
})
const withoutService = ({ service: _, ...others }: SnapshotRouter): SnapshotRouter => others
const snapshotOf = (routers: Record<string, SnapshotRouter>): Snapshot => ({
  revision: 1,
  fingerprint: '',
  routers,
  services: {},
  middlewares: {},
  serversTransports: {},
  cells: {},
})
const plain = (_: unknown, text: string): string => text

const web = { entryPoint: 'web', host: '127.0.0.1', port: 8000 }
const internal = { entryPoint: 'gateway', host: '', port: 8080 }

test('The banner lists what a person needs to begin', () => {
  const snapshot = snapshotOf({
    'ping@internal': router('PathPrefix(`/ping`)', 'gateway'),
    'odd@file': router('!Method(`PUT`) && (Host(`odd.localhost`) || Path(`/x`))'),
    'shop@file': router('Host(`shop.localhost`) && PathPrefix(`/api`)'),
  })
  const sources = ['gateway.yml', 'flags']
  expect(banner({ version: '1.2.3', sources, addresses: [web, internal], snapshot }, plain).split('\n')).toEqual([
    'gateway 1.2.3',
    '  configuration  gateway.yml, flags',
    '  entry points   web      http://127.0.0.1:8000',
    '                 gateway  http://127.0.0.1:8080',
    '  routers        2 live',
    "  try            curl -H 'Host: shop.localhost' http://127.0.0.1:8000/api",
  ])
})

const tries: readonly { why: string; routers: Record<string, SnapshotRouter>; curl: string | undefined }[] = [
  { why: 'a path alone', routers: { 'all@file': router('PathPrefix(`/api`)') }, curl: 'curl http://127.0.0.1:8000/api' },
  { why: 'a host alone', routers: { 'a@file': router('Host(`a.localhost`)') }, curl: "curl -H 'Host: a.localhost' http://127.0.0.1:8000/" },
  { why: 'an entry point that is not open', routers: { 'a@file': router('Host(`a.localhost`)', 'other') }, curl: undefined },
  { why: 'nothing but routers of the gateway itself', routers: { 'ping@internal': router('PathPrefix(`/ping`)') }, curl: undefined },
  {
    why: 'a router with children',
    routers: {
      'top@file': withoutService(router('Host(`a.localhost`)')),
      'child@file': { ...router('Path(`/x`)'), entryPoints: [], parents: ['top@file'] },
      'own@file': router('Path(`/y`)'),
    },
    curl: 'curl http://127.0.0.1:8000/y',
  },
  { why: 'no router', routers: {}, curl: undefined },
]

for (const { why, routers, curl } of tries) {
  test(`The banner offers ${curl === undefined ? 'nothing' : 'a request'} to try with ${why}`, () => {
    const text = banner({ version: '1.2.3', sources: [], addresses: [web], snapshot: snapshotOf(routers) }, plain)
    expect(text).toContain('none, only defaults')
    expect(/curl .*/.exec(text)?.[0]).toBe(curl)
  })
}

const urls: readonly [host: string, port: number, url: string][] = [
  ['', 80, 'http://127.0.0.1'],
  ['0.0.0.0', 8080, 'http://127.0.0.1:8080'],
  ['::', 81, 'http://127.0.0.1:81'],
  ['::1', 81, 'http://[::1]:81'],
  ['10.0.0.1', 443, 'http://10.0.0.1:443'],
]

for (const [host, port, url] of urls) {
  test(`An entry point on "${host}" port ${port} is shown as ${url}`, () => {
    expect(urlOf({ host, port })).toBe(url)
  })
}
