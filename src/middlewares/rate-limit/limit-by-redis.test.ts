import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterEach, expect } from 'vitest'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { type Dispatched, send } from '../../../test/harness/dispatched.ts'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../../test/harness/middleware-context.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { type RunningProcess, startProcess } from '../../../test/harness/process.ts'
import { ScriptedNext } from '../../../test/harness/scripted-next.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { GatewayError } from '../../errors.ts'
import { check } from '../../schema/index.ts'
import type { Kept } from '../../state/kept.ts'
import { rateLimit } from '../rate-limit.ts'

const kept: Kept[] = []

afterEach(() => {
  for (const thing of kept.splice(0)) thing.close()
})

function startRedis(port: number, ...args: string[]): Promise<RunningProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...args]
  return startProcess('redis-server', options, { ready: /Ready to accept connections/ })
}

/** One gateway; those with the same endpoints share their buckets. */
function limited(options: object, redis: object) {
  const timers = new FakeTimers()
  const { value, issues } = check(rateLimit.options, { ...options, redis })
  expect(issues).toEqual([])
  const next = new ScriptedNext(Array.from({ length: 1000 }, () => ({ status: 200 })))
  const things = new Map<string, Kept>()
  const context = middlewareContext({
    time: fakeTime(timers),
    keep<T extends Kept>(key: string, create: () => T): T {
      const thing = (things.get(key) as T | undefined) ?? create()
      if (!things.has(key)) kept.push(thing)
      things.set(key, thing)
      return thing
    },
  })
  const dispatch = rateLimit.build(value, context)(next.dispatch)
  const ask = (address = '192.0.2.1'): Dispatched =>
    send(dispatch, {
      prepare: ({ request }) => {
        request.peer = { address, port: 1, localAddress: '', localPort: 80 }
      },
    })
  const flood = async (count: number) => {
    const responses = await Promise.all(Array.from({ length: count }, () => ask().untilOver()))
    return responses.filter(({ status }) => status === 200).length
  }
  return { next, timers, ask, flood }
}

const slow = { average: 1, period: '1h', burst: 10 }

needs(['redis-server'], 'gateways that share a Redis count together, whoever asks', async () => {
  const port = await freePort()
  await using _redis = await startRedis(port)
  const endpoints = [`127.0.0.1:${port}`]
  const [one, other] = [limited(slow, { endpoints }), limited(slow, { endpoints })]
  const passed = await Promise.all([one.flood(20), other.flood(20)])
  expect(passed[0] + passed[1]).toBe(10)
  const refused = await one.ask().untilOver()
  expect([refused.status, refused.text, refused.headers.get('x-retry-in')]).toEqual([
    429,
    'Too Many Requests',
    expect.stringMatching(/^(1h0m0|59m59\.\d+)s$/),
  ])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3590)
  expect((await one.ask('192.0.2.2').untilOver()).status).toBe(200)
})

needs(['redis-server'], 'a request may wait a little for its token', async () => {
  const port = await freePort()
  await using _redis = await startRedis(port)
  const { ask, timers, next } = limited({ average: 1, period: '1200ms' }, { endpoints: [`127.0.0.1:${port}`] })
  await ask().untilOver()
  // Less than half a second is left of the time until the next token: that is waited for.
  let waiting = ask()
  while ((await Promise.race([waiting.untilOver().then(({ status }) => status), armed(timers)])) === 429) waiting = ask()
  expect([waiting.outcome, next.calls.length]).toEqual([undefined, 1])
  timers.advance(500)
  expect([waiting.outcome, next.calls.length]).toEqual([200, 2])
})

needs(['redis-server'], 'a request whose client goes away while Redis is asked is not sent', async () => {
  const port = await freePort()
  await using _redis = await startRedis(port)
  const { ask, flood, next } = limited(slow, { endpoints: [`127.0.0.1:${port}`] })
  const gone = ask()
  gone.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  expect([gone.outcome, await flood(1), next.calls.length]).toEqual(['GTW_CLIENT_GONE', 1, 1])
})

needs(['redis-server'], 'without Redis requests are refused, and when it is back all is well by itself', async () => {
  const port = await freePort()
  const { ask, flood } = limited(slow, { endpoints: [`127.0.0.1:${port}`], dialTimeout: '1s' })
  const early = await ask().untilOver()
  expect([early.outcome, early.error?.message]).toEqual(['GTW_RATE_LIMIT_STORE', expect.stringContaining('ECONNREFUSED')])
  {
    await using _redis = await startRedis(port)
    await expect.poll(() => flood(1), { timeout: 10_000 }).toBe(1)
  }
  await expect.poll(async () => (await ask().untilOver()).outcome).toBe('GTW_RATE_LIMIT_STORE')
  await using _redis = await startRedis(port)
  // It knows neither the script nor the bucket any more.
  await expect.poll(() => flood(1), { timeout: 10_000 }).toBe(1)
  expect(await flood(20)).toBe(9)
})

needs(['redis-server'], 'a Redis that does not answer in time refuses, too', async () => {
  const port = await freePort()
  await using redis = await startRedis(port)
  const { ask, flood } = limited(slow, { endpoints: [`127.0.0.1:${port}`], readTimeout: '100ms' })
  expect(await flood(1)).toBe(1)
  process.kill(redis.pid, 'SIGSTOP')
  const late = await ask().untilOver()
  process.kill(redis.pid, 'SIGCONT')
  expect(late.outcome).toBe('GTW_RATE_LIMIT_STORE')
})

needs(['redis-server'], 'a password is given, and a wrong one is told without repeating it', async () => {
  const port = await freePort()
  await using _redis = await startRedis(port, '--requirepass', 'sesame')
  const endpoints = [`127.0.0.1:${port}`]
  expect(await limited(slow, { endpoints, password: 'sesame', db: 3 }).flood(1)).toBe(1)
  expect(await limited(slow, { endpoints, username: 'default', password: 'sesame' }).flood(1)).toBe(1)
  const { error } = await limited(slow, { endpoints, password: 'pumpkin' }).ask().untilOver()
  expect(error?.code).toBe('GTW_RATE_LIMIT_STORE')
  expect(error?.message).not.toContain('pumpkin')
})

needs(['redis-server', 'openssl'], 'with TLS the server has to show the certificate that is asked for', async () => {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'localhost')
  const port = await freePort()
  const tlsArgs = ['--tls-port', String(port), '--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no']
  await using _redis = await startRedis(0, ...tlsArgs, '--tls-ca-cert-file', certFile)
  const endpoints = [`localhost:${port}`]
  const ca = readFileSync(certFile, 'utf8')
  expect(await limited(slow, { endpoints, tls: { ca } }).flood(1)).toBe(1)
  expect(await limited(slow, { endpoints, tls: { insecureSkipVerify: true } }).flood(1)).toBe(1)
  expect((await limited(slow, { endpoints, tls: {} }).ask().untilOver()).outcome).toBe('GTW_RATE_LIMIT_STORE')
})

needs(['redis-server'], 'several endpoints are a cluster, of which one is enough to find the others', async () => {
  await using folder = await temporaryFolder()
  const [port, busPort, nobody] = [await freePort(), await freePort(), await freePort()]
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-announce-ip', '127.0.0.1']
  await using _redis = await startRedis(port, ...cluster, '--dir', folder.path)
  const client = new Redis(port, '127.0.0.1')
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await expect.poll(() => client.call('CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
  client.disconnect()
  const { flood } = limited(slow, { endpoints: [`127.0.0.1:${nobody}`, `127.0.0.1:${port}`] })
  await expect.poll(() => flood(1), { timeout: 10_000 }).toBe(1)
  expect(await flood(20)).toBe(9)
})

/** Resolves when a timer is armed. */
async function armed(timers: FakeTimers): Promise<'armed'> {
  await expect
    .poll(() => timers.armed, { timeout: 2_000 })
    .toBe(1)
    .catch(() => new Promise(() => {}))
  return 'armed'
}
