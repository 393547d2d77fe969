import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ForwardedHeaders, type ForwardedHeadersOptions } from './forwarded.ts'
import { Headers } from './headers.ts'
import { RequestHead } from './request.ts'

const TRUSTED: ForwardedHeadersOptions = { trustedIPs: ['9.9.9.0/24'] }

interface Asked {
  readonly fields?: readonly string[]
  readonly peer?: string
  readonly host?: string
  readonly scheme?: 'http' | 'https'
  readonly upgrade?: string
}

function requestFor({ fields = [], peer = '9.9.9.9', host = 'a.test', scheme = 'http', upgrade }: Asked): RequestHead {
  const raw = fields.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  const request = new RequestHead('GET', '/', new Headers(raw))
  request.host = host
  request.scheme = scheme
  request.upgrade = upgrade
  request.peer = { address: peer, port: 1, localAddress: '127.0.0.1', localPort: 80 }
  return request
}

/** What the middlewares see, as `name: value` lines. */
function applied(options: ForwardedHeadersOptions, asked: Asked): string[] {
  const request = requestFor(asked)
  new ForwardedHeaders(options, 'gw').apply(request)
  return linesOf(request)
}

function linesOf({ headers: { raw } }: RequestHead): string[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []))
}

const FILLED = [
  'X-Real-Ip: 9.9.9.9',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Port: 80',
  'X-Forwarded-Host: a.test',
  'X-Forwarded-Server: gw',
]

const EVERY_CLAIM = [
  'X-Forwarded-For: 1.1.1.1',
  'x-forwarded-host: evil',
  'X-FORWARDED-PROTO: https',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Server: evil',
  'X-Forwarded-Uri: /evil',
  'X-Forwarded-Method: EVIL',
  'X-Forwarded-Prefix: /evil',
  'X-Forwarded-Scheme: evil',
  'X-Forwarded-Tls-Client-Cert: evil',
  'X-Forwarded-Tls-Client-Cert-Info: evil',
  'X-Scheme: evil',
  'X-Real-Ip: 1.1.1.1',
  'Forwarded: for=1.1.1.1',
]

test('an untrusted peer claims nothing', () => {
  expect(applied({}, { fields: ['Accept: */*', ...EVERY_CLAIM, 'X-A: 1'] })).toEqual(['Accept: */*', 'X-A: 1', ...FILLED])
})

test('aliases with underscores are removed, whoever sends them', () => {
  const aliases = EVERY_CLAIM.filter((line) => line.startsWith('X-')).map((line) => line.replaceAll('-', '_'))
  const mixed = ['X_Forwarded-For: 1.1.1.1', 'x-forwarded_for: 1.1.1.1']
  for (const options of [{}, TRUSTED]) expect(applied(options, { fields: [...aliases, ...mixed, 'X_A: 1'] })).toEqual(['X_A: 1', ...FILLED])
})

test('a trusted peer is believed, but for X-Forwarded-Server', () => {
  const believed = EVERY_CLAIM.filter((line) => !line.startsWith('X-Forwarded-Server'))
  for (const options of [TRUSTED, { insecure: true }]) {
    expect(applied(options, { fields: EVERY_CLAIM })).toEqual([...believed, 'X-Forwarded-Server: gw'])
  }
})

test('what a trusted peer leaves out or leaves empty is filled', () => {
  expect(
    applied(TRUSTED, { fields: ['X-Real-Ip:', 'X-Forwarded-Proto:', 'X-Forwarded-For:', 'X-Forwarded-Host:', 'X-Forwarded-Port:'] }),
  ).toEqual(FILLED)
})

const filled: { why: string; asked: Asked; options?: ForwardedHeadersOptions; line: string }[] = [
  { why: 'the port of the host', asked: { host: 'a.test:8080' }, line: 'X-Forwarded-Port: 8080' },
  { why: 'the port behind an IPv6 host', asked: { host: '[::1]:81' }, line: 'X-Forwarded-Port: 81' },
  { why: '443 on TLS', asked: { scheme: 'https' }, line: 'X-Forwarded-Port: 443' },
  {
    why: '443 where a trusted peer says https',
    asked: { fields: ['X-Forwarded-Proto: https'] },
    options: TRUSTED,
    line: 'X-Forwarded-Port: 443',
  },
  { why: 'https on TLS', asked: { scheme: 'https' }, line: 'X-Forwarded-Proto: https' },
  { why: 'ws for a WebSocket', asked: { upgrade: 'websocket' }, line: 'X-Forwarded-Proto: ws' },
  { why: 'wss for a WebSocket on TLS', asked: { upgrade: 'websocket', scheme: 'https' }, line: 'X-Forwarded-Proto: wss' },
  { why: 'http for another upgrade', asked: { upgrade: 'other' }, line: 'X-Forwarded-Proto: http' },
  { why: 'the host with its port', asked: { host: 'A.test:8080' }, line: 'X-Forwarded-Host: A.test:8080' },
  { why: 'an IPv6 peer without zone', asked: { peer: 'fe80::1%eth0' }, line: 'X-Real-Ip: fe80::1' },
  { why: 'an IPv4 peer of a dual-stack listener', asked: { peer: '::ffff:9.9.9.9' }, line: 'X-Real-Ip: 9.9.9.9' },
]

for (const { why, asked, options, line } of filled) {
  test(`missing fields are filled with ${why}`, () => expect(applied(options ?? {}, asked)).toContain(line))
}

test('without Host there is no X-Forwarded-Host, and without a peer no X-Real-Ip', () => {
  expect(applied({}, { host: '', peer: '' })).toEqual(['X-Forwarded-Proto: http', 'X-Forwarded-Port: 80', 'X-Forwarded-Server: gw'])
})

test('several lines of X-Forwarded-For become one, in the place of the first', () => {
  const fields = ['X-Forwarded-For: 1.1.1.1', 'X-A: 1', 'x-forwarded-for: 2.2.2.2, 3.3.3.3', 'X-Forwarded-For:']
  expect(applied(TRUSTED, { fields }).slice(0, 2)).toEqual(['X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3', 'X-A: 1'])
})

const connections: { why: string; fields: string[]; connection?: string[]; upgrade?: string; left: string[] }[] = [
  { why: 'nominated fields and the list itself go', fields: ['X-A: 1', 'Connection: x-a, keep-alive', 'X-B: 2'], left: ['X-B: 2'] },
  { why: 'keep-alive alone goes', fields: ['Connection: keep-alive'], left: [] },
  {
    why: 'allowed fields stay and stay listed',
    fields: ['Connection: x-a, X-B', 'X-A: 1', 'X-B: 2'],
    connection: ['X-b'],
    left: ['X-B: 2', 'Connection: x-b'],
  },
  {
    why: 'an upgrade stays listed',
    fields: ['Connection: x-a, Upgrade', 'Upgrade: websocket', 'X-A: 1'],
    upgrade: 'websocket',
    left: ['Upgrade: websocket', 'Connection: Upgrade'],
  },
  {
    why: 'what the gateway fills cannot be nominated',
    fields: ['Connection: X-Real-Ip, X-Forwarded-Host, host', 'Host: a.test'],
    left: ['Host: a.test'],
  },
]

for (const { why, fields, connection, upgrade, left } of connections) {
  test(`Connection: ${why}`, () => {
    const asked = upgrade === undefined ? { fields } : { fields, upgrade }
    const lines = applied({ connection }, asked)
    expect(lines.filter((line) => !line.startsWith('X-Forwarded-') && !line.startsWith('X-Real-'))).toEqual(left)
    expect(lines.filter((line) => line.startsWith('X-Forwarded-') || line.startsWith('X-Real-'))).toHaveLength(FILLED.length)
  })
}

const appended: { why: string; fields: string[]; options: ForwardedHeadersOptions; sent: (string | undefined)[] }[] = [
  {
    why: 'behind what a trusted peer sent',
    fields: ['X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3'],
    options: TRUSTED,
    sent: ['1.1.1.1, 2.2.2.2, 3.3.3.3, 9.9.9.9'],
  },
  { why: 'alone for an untrusted peer', fields: ['X-Forwarded-For: 1.1.1.1'], options: {}, sent: ['9.9.9.9'] },
  {
    why: 'not at all where that is turned off',
    fields: ['X-Forwarded-For: 1.1.1.1'],
    options: { ...TRUSTED, notAppendXForwardedFor: true },
    sent: ['1.1.1.1'],
  },
]

for (const { why, fields, options, sent } of appended) {
  test(`the proxy appends the peer ${why}`, () => {
    const forwarded = new ForwardedHeaders(options, 'gw')
    const request = requestFor({ fields })
    forwarded.apply(request)
    forwarded.appendFor(request)
    expect(request.headers.values('x-forwarded-for')).toEqual(sent)
    expect(request.headers.values('x-real-ip')).toEqual(['9.9.9.9'])
  })
}

test('one request leaves nothing behind for the next', () => {
  const forwarded = new ForwardedHeaders(TRUSTED, 'gw')
  forwarded.apply(requestFor({ fields: [...EVERY_CLAIM, 'Connection: x-a'] }))
  const next = requestFor({ fields: ['X-A: 1'] })
  forwarded.apply(next)
  expect(linesOf(next)).toEqual(['X-A: 1', ...FILLED])
})

test('no spelling of a forwarding field of an untrusted peer gets through', () => {
  const name = fc
    .tuple(
      fc.constantFrom(...EVERY_CLAIM.map((line) => line.slice(0, line.indexOf(':')))),
      fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }),
    )
    .map(([field, dice]) => [...field].map((letter, index) => spelt(letter, dice[index] ?? 0)).join(''))
  fc.assert(
    fc.property(fc.array(name), (names) => {
      expect(applied({}, { fields: names.map((each) => `${each}: evil`) })).toEqual(FILLED)
    }),
  )
})

function spelt(letter: string, dice: number): string {
  if (letter === '-') return dice % 2 === 0 ? '-' : '_'
  return dice % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase()
}

test('a trusted network that is none fails when the entry point is built', () => {
  expect(() => new ForwardedHeaders({ trustedIPs: ['10.0.0.0/33'] }, 'gw')).toThrow('"10.0.0.0/33" is neither an IP address nor a CIDR')
})
