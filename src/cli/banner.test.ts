import { expect, test } from 'vitest'
import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { banner, urlOf } from './banner.ts'

const router = (rule: string, entryPoint = 'web'): SnapshotRouter => ({
  entryPoints: [entryPoint],
  rule,
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 's@file',
})
const snapshotOf = (routers: Record<string, SnapshotRouter>): Snapshot => ({
  revision: 1,
  fingerprint: '',
  routers,
  services: {},
  middlewares: {},
  serversTransports: {},
})
const plain = (_: unknown, text: string): string => text

const web = { entryPoint: 'web', host: '127.0.0.1', port: 8000 }
const internal = { entryPoint: 'gateway', host: '', port: 8080 }

test('The banner lists what a person needs to begin', () => {
  const snapshot = snapshotOf({
    'ping@internal': router('PathPrefix(`/ping`)', 'gateway'),
    'all@file': router('PathPrefix(`/`)'),
    'shop@file': router('!Method(`PUT`) && (Host(`shop.localhost`) || Path(`/x`))'),
  })
  const sources = ['gateway.yml', 'flags']
  expect(banner({ version: '1.2.3', sources, addresses: [web, internal], snapshot }, plain).split('\n')).toEqual([
    'gateway 1.2.3',
    '  configuration  gateway.yml, flags',
    '  entry points   web      http://127.0.0.1:8000',
    '                 gateway  http://127.0.0.1:8080',
    '  routers        2 live',
    "  try            curl -H 'Host: shop.localhost' http://127.0.0.1:8000/",
  ])
})

test('The banner offers nothing to try where no router has a host', () => {
  const text = banner(
    { version: '1.2.3', sources: [], addresses: [web], snapshot: snapshotOf({ 'all@file': router('PathPrefix(`/`)') }) },
    plain,
  )
  expect(text).toContain('none, only defaults')
  expect(text).not.toContain('curl')
})

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
