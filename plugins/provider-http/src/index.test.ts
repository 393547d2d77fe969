import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { check } from 'gateway/provider'
import { expect, test } from 'vitest'
import { hasError, ProviderRun, says, treeOf } from '../../../src/provider/conformance/index.ts'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { type Seen, startOrigin } from '../../../test/harness/origin.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { http } from './index.ts'
import { openSource } from './source.ts'

const SHOP = { shop: 'Host(`shop`)' }
const DOCUMENT = JSON.stringify(treeOf(SHOP))

function start(endpoint: string, written: object = {}) {
  const options = check(http.options, { endpoint, pollInterval: '5ms', ...written }).value
  return new ProviderRun({ definition: http, options })
}

/** A server whose answers are what this function makes of the requests. */
const serve = (answer: (seen: Seen, response: ServerResponse) => void) => startOrigin('configuration', answer)

for (const { validator, field, value } of [
  { validator: 'ETag', field: 'if-none-match', value: '"v1"' },
  { validator: 'Last-Modified', field: 'if-modified-since', value: 'Sun, 22 Nov 2026 07:00:00 GMT' },
]) {
  test(`what did not change is not sent again, by ${validator}`, async () => {
    await using server = await serve(({ incoming }, response) => {
      if (incoming.headers[field] === value) response.writeHead(304).end()
      else response.setHeader(validator, value).end(DOCUMENT)
    })
    await using run = start(server.url)
    await run.until(says(SHOP))
    await expect.poll(() => server.seen.length).toBeGreaterThan(5)
    expect(server.seen.map(({ incoming }) => incoming.headers[field]).slice(0, 5)).toEqual([undefined, value, value, value, value])
    expect(run.messages).toHaveLength(1)
    expect(run.warnings).toEqual([])
    run.reload()
    await expect.poll(() => server.seen.filter(({ incoming }) => incoming.headers[field] === undefined).length).toBe(2)
    expect(run.messages).toHaveLength(1)
  })
}

test('a server without validators is compared by what it says', async () => {
  await using server = await serve((_seen, response) => response.end(DOCUMENT))
  await using run = start(server.url)
  await expect.poll(() => server.seen.length).toBeGreaterThan(5)
  expect(run.messages).toHaveLength(1)
})

const refusals: { why: string; options?: object; answer: (response: ServerResponse) => void; detail: RegExp }[] = [
  {
    why: 'a status that is not 200',
    answer: (response) => response.writeHead(503).end(DOCUMENT),
    detail: /\/edge answered with status 503$/,
  },
  { why: 'no content', answer: (response) => response.writeHead(204).end(), detail: /status 204/ },
  {
    why: 'a redirect, which could lead anywhere',
    answer: (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    detail: /status 302/,
  },
  { why: 'not modified, which was not asked for', answer: (response) => response.writeHead(304).end(), detail: /status 304/ },
  { why: 'an encoding', answer: (response) => response.setHeader('content-encoding', 'gzip').end('x'), detail: /encoding gzip/ },
  {
    why: 'too many bytes',
    options: { maxResponseBodySize: 10 },
    answer: (response) => response.end('#'.repeat(11)),
    detail: /more than 10 bytes/,
  },
  { why: 'bytes without end', answer: (response) => void endless(response), detail: /more than 16777216 bytes/ },
  {
    why: 'an answer that is cut off',
    answer: (response) => void response.write('{', () => response.destroy()),
    detail: /terminated|closed|aborted/,
  },
  { why: 'no answer in time', options: { pollTimeout: '50ms' }, answer: () => {}, detail: /timeout/i },
  {
    why: 'half an answer in time',
    options: { pollTimeout: '50ms' },
    answer: (response) => void response.write('{'),
    detail: /timeout/i,
  },
]
for (const { why, options, answer, detail } of refusals) {
  test(`${why} leaves what was said before`, async () => {
    let isGood = true
    await using server = await serve((_seen, response) => void (isGood ? response.end('{}') : answer(response)))
    await using run = start(`${server.url}/edge`, options)
    await run.until(says({}))
    isGood = false
    await run.untilLost()
    expect(run.states.at(-1)?.detail).toMatch(detail)
    expect(run.messages).toHaveLength(1)
    isGood = true
    await run.untilState('ready')
    expect(run.messages).toHaveLength(1)
  })
}

function endless(response: ServerResponse): void {
  const chunk = '#'.repeat(1024 * 1024)
  const more = (): void => void (response.destroyed || response.write(chunk, more))
  more()
}

test('an answer of just the size that is allowed is taken', async () => {
  await using server = await serve((_seen, response) => response.end(DOCUMENT))
  await using run = start(server.url, { maxResponseBodySize: DOCUMENT.length })
  await run.until(says(SHOP))
})

const languages = [
  { name: '/edge.yml', text: 'http:\n  routers:\n    shop:\n      rule: Host(`shop`)\n', line: 4, column: 13 },
  {
    name: '/edge',
    type: 'application/json; charset=utf-8',
    text: '{ "http": { "routers": { "shop": { "rule": "Host(`shop`)" } } } }',
    line: 1,
    column: 44,
  },
  { name: '/edge.toml', text: '[http.routers.shop]\nrule = "Host(`shop`)"\n', line: 2, column: 8 },
  { name: '/edge', type: 'application/toml', text: '[http.routers.shop]\nrule = "Host(`shop`)"\n', line: 2, column: 8 },
]
for (const { name, type, text, line, column } of languages) {
  test(`values have their places: ${type ?? name}`, async () => {
    await using server = await serve((_seen, response) => response.setHeader('content-type', type ?? 'text/plain').end(text))
    await using run = start(server.url + name)
    const message = await run.until(says(SHOP))
    expect(message.locate?.(['http', 'routers', 'shop', 'rule'])).toMatchObject({ kind: 'file', file: server.url + name, line, column })
  })
}

const broken = [
  { text: 'http:\n  routers: [', code: 'GTW_SYNTAX' },
  { text: '- a\n', code: 'GTW_WRONG_TYPE' },
  { text: 'http: {}\nhttp: {}\n', code: 'GTW_DUPLICATE_KEY' },
  { text: Buffer.from([0xff, 0xfe]), code: 'GTW_UNREADABLE' },
]
for (const { text, code } of broken) {
  test(`a broken document leaves the good one, and is told with its place: ${code}`, async () => {
    let content: string | Buffer = DOCUMENT
    await using server = await serve((_seen, response) => response.end(content))
    await using run = start(`${server.url}/edge.yml?token=canary`)
    await run.until(says(SHOP))
    content = text
    const message = await run.until(hasError)
    expect(message.findings?.[0]).toMatchObject({ code, source: { kind: 'file', file: `${server.url}/edge.yml` } })
    expect(says(SHOP)(message)).toBe(true)
    expect(JSON.stringify(message)).not.toContain('canary')
    content = '{}'
    const mended = await run.until(says({}))
    expect(mended.findings).toEqual([])
  })
}

test('requests have the fields that are wanted, and what is secret in the URL is not told', async () => {
  await using server = await serve(({ incoming }, response) => response.writeHead(incoming.headers['x-fail'] ? 500 : 200).end(DOCUMENT))
  const endpoint = server.url.replace('//', '//us%65r:can%61ry@')
  await using run = start(`${endpoint}/edge?key=canary`, { headers: { Host: 'config.internal', 'X-Edge': 'north' } })
  await run.until(says(SHOP))
  expect(server.seen[0]?.url).toBe('/edge?key=canary')
  expect(server.seen[0]?.incoming.headers).toMatchObject({
    host: 'config.internal',
    'x-edge': 'north',
    authorization: `Basic ${Buffer.from('user:canary').toString('base64')}`,
  })
  await using failing = start(`${endpoint}/edge?key=canary`, { headers: { 'x-fail': '1', authorization: 'Bearer canary' } })
  await failing.untilLost()
  expect(server.seen.find(({ incoming }) => incoming.headers['x-fail'])?.incoming.headers.authorization).toBe('Bearer canary')
  expect(JSON.stringify([failing.states, failing.warnings])).not.toMatch(/canary|us%65r/)
})

needs(['openssl'], 'TLS with a certificate of the gateway', async () => {
  await using folder = await temporaryFolder()
  const [own, client] = [makeCertificate(folder, 'localhost'), makeCertificate(folder, 'client')]
  const read = (file: string) => readFileSync(file)
  const settings = {
    cert: read(own.certFile),
    key: read(own.keyFile),
    ca: read(client.certFile),
    requestCert: true,
    rejectUnauthorized: true,
  }
  const server = createTlsServer(settings, (_request, response) => void response.end(DOCUMENT))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`
    const pair = { cert: client.certFile, key: client.keyFile }
    await using run = start(endpoint, { tls: { ca: own.certFile, ...pair } })
    await run.until(says(SHOP))
    await using careless = start(endpoint, { tls: { insecureSkipVerify: true, ...pair } })
    await careless.until(says(SHOP))
    for (const tls of [{ ca: client.certFile, ...pair }, pair, { ca: own.certFile }]) {
      await using refused = start(endpoint, { tls })
      await refused.untilLost()
      expect(refused.messages).toEqual([])
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('1,000 requests to a server that is away leave nothing behind', async () => {
  const ignore = (): void => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const { value: options } = check(http.options, { endpoint: `http://127.0.0.1:${await freePort()}` })
  const { signal } = new AbortController()
  const heap = (): number => {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    return process.memoryUsage().heapUsed
  }
  const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind.includes('TCP')).length
  await using source = await openSource({ options, log })
  await expect(source.fetch(signal)).rejects.toThrow('ECONNREFUSED')
  for (let count = 0; count < 100; count++) await source.fetch(signal).catch(ignore)
  const [before, open] = [heap(), sockets()]
  for (let count = 0; count < 1_000; count++) await source.fetch(signal).catch(ignore)
  expect(sockets()).toBeLessThanOrEqual(open)
  await expect.poll(() => heap() - before, { timeout: 15_000, interval: 500 }).toBeLessThan(1024 * 1024)
})

for (const endpoint of ['', 'config.yml', 'ftp://config.internal/a.yml', 'http:']) {
  test(`"${endpoint}" is no endpoint`, () => {
    expect(check(http.options, { endpoint }).issues).toHaveLength(1)
  })
}

test('an endpoint is needed, and intervals above zero', () => {
  expect(check(http.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING' }])
  expect(check(http.options, { endpoint: 'http://a', pollInterval: 0, pollTimeout: '0s' }).issues).toHaveLength(2)
})
