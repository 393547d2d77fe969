import { readdirSync, readFileSync } from 'node:fs'
import { check } from 'gateway/provider'
import { describe, expect, test } from 'vitest'
import { says, treeOf } from '../../../src/provider/conformance/index.ts'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { startConsul } from '../../../test/harness/consul.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { type Asked, fakeAgent } from '../test/fake.ts'
import { pairsOf } from '../test/server.ts'
import { start } from '../test/start.ts'
import { consulCatalog } from './catalog.ts'
import { ConsulClient } from './client.ts'
import { endpointOf } from './endpoint.ts'
import { consul } from './kv.ts'

/** What a catalog provider asks on its first reading, and again after a reload. */
async function questionsOf(written: object): Promise<{ readonly first: Asked[]; readonly later: Asked[] }> {
  const asked: Asked[] = []
  await using agent = await fakeAgent((one) => {
    asked.push(one)
    one.answer(5, one.path === '/v1/catalog/services' ? { web: [] } : [])
  })
  const { endpoint = {}, ...options } = written as { endpoint?: object }
  await using run = start(consulCatalog, { ...options, refreshInterval: '1h', endpoint: { address: agent.address, ...endpoint } })
  await run.until(() => true)
  const first = asked.splice(0)
  run.reload()
  await run.untilState('ready')
  return { first, later: asked.splice(0) }
}

describe('how the catalog is asked', () => {
  const modes: [string, object, Record<string, string>, Record<string, string>][] = [
    ['by default', {}, { consistent: '1' }, {}],
    ['with requireConsistent', { requireConsistent: true }, { consistent: '1' }, { consistent: '1' }],
    ['with stale', { stale: true }, { stale: '1' }, { stale: '1' }],
    ['with cache', { cache: true }, { consistent: '1' }, { cached: '' }],
    ['with a datacenter', { endpoint: { datacenter: 'east' } }, { consistent: '1', dc: 'east' }, { dc: 'east' }],
    ['with a namespace', { namespaces: ['team'] }, { consistent: '1', ns: 'team' }, { ns: 'team' }],
  ]
  for (const [when, written, first, later] of modes) {
    test(`${when}, the questions are ${JSON.stringify(first)} at first and ${JSON.stringify(later)} later`, async () => {
      const questions = await questionsOf(written)
      expect(questions.first.map(({ path }) => path)).toEqual(['/v1/catalog/services', '/v1/health/service/web'])
      for (const { query } of questions.first) expect(Object.fromEntries(query)).toEqual(first)
      for (const { query } of questions.later) expect(Object.fromEntries(query)).toEqual(later)
    })
  }

  test('with stale, what was lost and is back has to be confirmed by the leader', async () => {
    const reads: object[] = []
    await using agent = await fakeAgent((one) => {
      reads.push(Object.fromEntries(one.query))
      one.answer(5, {}, reads.length === 2 ? { status: 500 } : {})
    })
    await using run = start(consulCatalog, { stale: true, refreshInterval: '1h', endpoint: { address: agent.address } })
    await run.until(() => true)
    run.reload()
    await run.untilState('ready')
    expect(reads).toEqual([{ stale: '1' }, { stale: '1' }, { consistent: '1' }])
    expect(run.messages).toHaveLength(1)
  })

  test('a large catalog is read with a few questions at once', async () => {
    const services = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`s${at}`, []]))
    const open: Asked[] = []
    let most = 0
    await using agent = await fakeAgent((one) => {
      if (one.path === '/v1/catalog/services') return one.answer(5, services)
      open.push(one)
      most = Math.max(most, open.length)
      setImmediate(() => open.shift()?.answer(5, []))
    })
    await using run = start(consulCatalog, { endpoint: { address: agent.address } })
    await run.until(() => true)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(8)
  })

  test('the token and the credentials go along', async () => {
    const { first } = await questionsOf({ endpoint: { token: 'secret-token', httpAuth: { username: 'ann', password: 'pw' } } })
    for (const { headers } of first) {
      expect(headers).toMatchObject({ 'x-consul-token': 'secret-token', authorization: `Basic ${btoa('ann:pw')}` })
    }
  })

  test('endpointWaitTime is how long a question waits', async () => {
    const waits = Promise.withResolvers<string | null>()
    await using agent = await fakeAgent((one) => {
      if (one.index === undefined) one.answer(5, one.path === '/v1/catalog/services' ? {} : [])
      else waits.resolve(one.query.get('wait'))
    })
    await using _run = start(consulCatalog, { watch: true, endpoint: { address: agent.address, endpointWaitTime: '7s' } })
    expect(await waits.promise).toBe('7000ms')
  })
})

test('what belongs to Consul Connect is named as not supported', () => {
  const { issues } = check(consulCatalog.options, { connectAware: true, connectByDefault: true, serviceName: 'edge' })
  expect(issues.map(({ code, path }) => [code, ...path])).toEqual([
    ['GTW_UNSUPPORTED', 'connectAware'],
    ['GTW_UNSUPPORTED', 'connectByDefault'],
    ['GTW_UNSUPPORTED', 'serviceName'],
  ])
})

describe('addresses', () => {
  const addresses: [string, string, string][] = [
    ['consul.test', 'http', 'http://consul.test:8500'],
    ['consul.test', 'https', 'https://consul.test:8501'],
    ['consul.test:80', 'http', 'http://consul.test'],
    ['https://consul.test:443', 'http', 'https://consul.test'],
    ['[2001:db8::1]:8500', 'http', 'http://[2001:db8::1]:8500'],
    ['[2001:db8::1]', 'http', 'http://[2001:db8::1]:8500'],
  ]
  test.each(addresses)('%s with %s is %s', (address, scheme, origin) => {
    expect(endpointOf({ address, scheme }).url.origin).toBe(origin)
  })
})

test('an IPv6 address is spoken to', async () => {
  const port = await freePort()
  using client = await ConsulClient.to(endpointOf({ address: `[::1]:${port}` }))
  await expect(client.ask({ about: 'services' }, {}, new AbortController().signal)).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL/)
})

test('a thousand attempts at an agent that is away leave nothing open', async () => {
  const endpoint = endpointOf({ address: `127.0.0.1:${await freePort()}` })
  const { signal } = new AbortController()
  const attempt = async (): Promise<void> => {
    using client = await ConsulClient.to(endpoint)
    await expect(client.ask({ about: 'services' }, {}, signal)).rejects.toThrow('ECONNREFUSED')
  }
  await attempt()
  const before = readdirSync('/proc/self/fd').length
  for (let count = 0; count < 1_000; count++) await attempt()
  expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 10)
})

test('a thousand sessions that are cut off leave nothing open', async () => {
  await using agent = await fakeAgent((one) => one.answer(undefined, []))
  const endpoint = endpointOf({ address: agent.address })
  const session = async (): Promise<void> => {
    using client = await ConsulClient.to(endpoint)
    await expect(client.ask({ about: 'services' }, {}, new AbortController().signal)).rejects.toThrow('who answers is not Consul')
  }
  await session()
  for (let count = 0; count < 1_000; count++) await session()
  // The agent is in this process, too: an open connection would count twice.
  await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThan(100)
})

needs(['consul', 'openssl'], 'with TLS the agent is checked, and shown the certificate of the gateway', async () => {
  await using folder = await temporaryFolder()
  const [own, agent, port] = [makeCertificate(folder, 'localhost'), makeCertificate(folder, 'consul.test'), await freePort()]
  const settings = {
    cert_file: own.certFile,
    key_file: own.keyFile,
    ca_file: agent.certFile,
    verify_incoming_https: true,
  }
  await using store = await startConsul({ settings, httpsPort: port })
  await store.write(pairsOf(treeOf({ shop: 'Host(`shop`)' }), 'gateway'))
  const endpoints = [`localhost:${port}`]
  await using stranger = start(consul, { endpoints, tls: { cert: agent.certFile, key: agent.keyFile } })
  await stranger.untilLost()
  expect(stranger.states[0]?.detail).toContain('self-signed certificate')
  const tls = { ca: readFileSync(own.certFile, 'utf8'), cert: agent.certFile, key: agent.keyFile }
  await using run = start(consul, { endpoints, tls })
  await run.until(says({ shop: 'Host(`shop`)' }))
})
