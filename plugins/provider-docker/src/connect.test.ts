import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { check } from 'gateway/provider'
import { describe, expect, test } from 'vitest'
import { Authority } from '../../../test/harness/authority.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { fakeEngine } from '../test/fake-engine.ts'
import { connector } from './connect.ts'
import { dockerOptions } from './options.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

const connect = await connector()

const engineOf = (written: object) => connect(check(dockerOptions, written).value, log)

describe('the version of the interface', () => {
  const cases = [
    { engine: '1.41', spoken: 'v1.41' },
    { engine: '1.99', spoken: 'v1.51' },
  ]
  for (const { engine, spoken } of cases) {
    test(`with an engine of ${engine}, ${spoken} is spoken`, async () => {
      await using fake = await fakeEngine()
      fake.version = engine
      const connected = await engineOf({ endpoint: fake.endpoint })
      await connected.containers()
      connected.close()
      expect(fake.asked).toEqual(['/version', `/${spoken}/containers/json`])
    })
  }

  test('an engine that is too old is refused', async () => {
    await using fake = await fakeEngine()
    fake.version = '1.24'
    await expect(engineOf({ endpoint: fake.endpoint })).rejects.toThrow('at least 1.40 is needed')
  })
})

describe('over TCP', () => {
  async function serve(server: ReturnType<typeof createHttp>): Promise<{ port: number } & AsyncDisposable> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      },
    }
  }

  test('user name and password go with each request, and the environment is not asked', async () => {
    await using fake = await fakeEngine()
    const seen: (string | undefined)[] = []
    const listener: RequestListener = (request, response) => {
      seen.push(request.headers.authorization)
      fake.answer(request, response)
    }
    await using server = await serve(createHttp(listener))
    const before = process.env.DOCKER_HOST
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1'
    try {
      const engine = await engineOf({ endpoint: `tcp://127.0.0.1:${server.port}`, username: 'me', password: 'secret' })
      expect(await engine.containers()).toEqual([])
      engine.close()
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST
      else process.env.DOCKER_HOST = before
    }
    expect(seen).toEqual(Array(2).fill(`Basic ${Buffer.from('me:secret').toString('base64')}`))
  })

  test('an engine that does not answer in time is given up', async () => {
    await using server = await serve(createHttp(() => {}))
    await expect(engineOf({ endpoint: `http://127.0.0.1:${server.port}`, httpClientTimeout: '20ms' })).rejects.toThrow('within 20 ms')
  })

  needs(['openssl'], 'both sides show their certificates, and one of another authority is refused', async () => {
    await using folder = await temporaryFolder()
    await using fake = await fakeEngine()
    const authority = new Authority(folder, 'ours')
    const [own, client] = [authority.issue('IP:127.0.0.1'), authority.issue('DNS:gateway')]
    const [ca, cert, key] = await Promise.all([authority.certFile, own.certFile, own.keyFile].map((file) => readFile(file)))
    await using server = await serve(createHttps({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, fake.answer))
    const endpoint = `tcp://127.0.0.1:${server.port}`
    const pair = { cert: client.certFile, key: client.keyFile }
    const engine = await engineOf({ endpoint, tls: { ca: authority.certFile, ...pair } })
    expect(await engine.containers()).toEqual([])
    engine.close()
    const skipping = await engineOf({ endpoint, tls: { ...pair, insecureSkipVerify: true } })
    skipping.close()
    await expect(engineOf({ endpoint, tls: pair })).rejects.toThrow(/unable to verify|self-signed/)
    await expect(engineOf({ endpoint, tls: { ca: new Authority(folder, 'other').certFile, ...pair } })).rejects.toThrow()
  })
})
