import { describe, expect, test } from 'vitest'
import { hasError, rulesOf, says, treeOf } from '../../../src/provider/conformance/index.ts'
import { startConsul } from '../../../test/harness/consul.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { needs } from '../../../test/harness/services.ts'
import { type Asked, fakeAgent, valuesOf } from '../test/fake.ts'
import { pairsOf, server } from '../test/server.ts'
import { start } from '../test/start.ts'
import { consul } from './kv.ts'

const SHOP = { shop: 'Host(`shop`)' }

describe('options', () => {
  const wrong: [string, object, string][] = [
    ['no endpoint is named', { endpoints: [] }, 'name one of the `endpoints`'],
    ['the root key is empty', { rootKey: '/' }, '`rootKey` is empty'],
    ['all namespaces are asked for', { namespaces: ['*'] }, 'name the namespaces one by one'],
    ['an endpoint is no address', { endpoints: ['a b'] }, 'is not `host:port`'],
    ['an endpoint holds credentials', { endpoints: ['http://u:p@127.0.0.1'] }, 'is not `host:port`'],
    ['an endpoint has a scheme of something else', { endpoints: ['ftp://127.0.0.1'] }, 'does not speak "ftp://"'],
  ]
  for (const [why, written, problem] of wrong) {
    test(`the provider fails with a clear sentence when ${why}`, async () => {
      await expect(start(consul, written).ended).rejects.toThrow(problem)
    })
  }
})

describe('a store', () => {
  needs(['consul'], 'a change of 500 keys, which Consul takes in pieces, arrives as one', async () => {
    const store = await server()
    const rules = (host: string) => Object.fromEntries(Array.from({ length: 167 }, (_, at) => [`r${at}`, `Host(\`${host}-${at}\`)`]))
    await store.write(pairsOf(treeOf(rules('old')), 'many'))
    await using run = start(consul, { endpoints: [store.address], rootKey: 'many' })
    await run.until(says(rules('old')))
    await store.write(pairsOf(treeOf(rules('new')), 'many'))
    await run.until(says(rules('new')))
    expect(run.messages).toHaveLength(2)
  })

  needs(['consul'], 'a value is found again by its key, and what is wrong names it', async () => {
    const store = await server()
    await store.write({ 'named/http/routers/shop/rule': 'Host(`shop`)', 'named/http/routers/shop/__proto__/x': 'y' })
    await using run = start(consul, { endpoints: [store.address], rootKey: '/named/' })
    const message = await run.until(hasError)
    expect(message.findings).toMatchObject([{ source: { kind: 'key', store: 'consul', key: 'named/http/routers/shop/__proto__/x' } }])
    expect(rulesOf(message)).toEqual({})
  })

  needs(['consul'], 'keys that only begin like the root are not read, and empty values and folders do no harm', async () => {
    const store = await server()
    await store.write({
      'root/http/': '',
      'root/http/routers/shop/rule': 'Host(`shop`)',
      'rooted/http/routers/other/rule': 'Host(`other`)',
    })
    await using run = start(consul, { endpoints: [store.address], rootKey: 'root' })
    expect((await run.until(says(SHOP))).findings).toEqual([])
  })

  needs(['consul'], 'a reload reads again, and says nothing where nothing changed', async () => {
    const store = await server()
    await store.write(pairsOf(treeOf(SHOP), 'reloaded'))
    await using run = start(consul, { endpoints: [store.address], rootKey: 'reloaded' })
    await run.until(says(SHOP))
    run.reload()
    await run.untilState('ready')
    expect(run.messages).toHaveLength(1)
  })

  needs(['consul'], 'of several endpoints the next one is asked where one is away', async () => {
    const store = await server()
    await store.write(pairsOf(treeOf(SHOP), 'several'))
    await using run = start(consul, { endpoints: [`127.0.0.1:${await freePort()}`, store.address], rootKey: 'several' })
    await run.until(says(SHOP))
    expect(run.states[0]).toMatchObject({ state: 'failed', detail: expect.stringContaining('ECONNREFUSED') })
    expect(run.warnings).toEqual(['the agent failed, trying the next one'])
  })
})

needs(['consul'], 'without a token that may read it says so, and with one it reads', async () => {
  const token = '6f1c9a8e-3f5b-4c56-9d0e-0d7a4a1e8c11'
  const settings = { acl: { enabled: true, default_policy: 'deny', tokens: { master: token } } }
  await using store = await startConsul({ settings, token })
  await store.write(pairsOf(treeOf(SHOP), 'gateway'))
  await using wrong = start(consul, { endpoints: [store.address], token: 'b2a4f0d2-6a6e-4f0f-8d32-1f6d2a1f9a55' })
  await wrong.untilLost()
  expect(wrong.states[0]?.detail).toMatch(/ACL not found/)
  expect(wrong.states[0]?.detail).not.toContain('b2a4f0d2')
  await using right = start(consul, { endpoints: [store.address], token })
  await right.until(says(SHOP))
})

describe('an agent on bad days', () => {
  test('an index that goes back is followed: the wait begins anew, and a leader confirms what is read then', async () => {
    const reads: (string | null)[] = []
    const waiting: Asked[] = []
    let now = { index: 500, rule: 'Host(`before`)' }
    await using agent = await fakeAgent((asked) => {
      if (asked.query.has('recurse')) {
        reads.push(asked.query.get('consistent'))
        asked.answer(now.index, valuesOf(now.rule))
      } else if (asked.index === undefined) asked.answer(now.index, [])
      else waiting.push(asked)
    })
    const change = (index: number, rule: string): void => {
      now = { index, rule }
      waiting.pop()?.answer(index, [])
    }
    await using run = start(consul, { endpoints: [agent.address] })
    await run.until(says({ shop: 'Host(`before`)' }))
    await expect.poll(() => waiting.map(({ index }) => index)).toEqual([500])
    change(20, 'Host(`restored`)')
    await run.until(says({ shop: 'Host(`restored`)' }))
    await expect.poll(() => waiting.map(({ index }) => index)).toEqual([20])
    change(21, 'Host(`followed`)')
    await run.until(says({ shop: 'Host(`followed`)' }))
    expect(reads).toEqual(['1', '1', '1'])
  })

  const strange: [string, number | undefined, { status?: number; headers?: Record<string, string> }, string][] = [
    ['someone else who has never heard of the key', undefined, { status: 404 }, 'who answers is not Consul'],
    ['someone else who answers anything', undefined, {}, 'who answers is not Consul'],
    ['a server without a leader and without data', 1, { headers: { 'x-consul-knownleader': 'false' } }, 'has no leader'],
    ['a server without a leader', undefined, { status: 500 }, 'internal server error'],
  ]
  for (const [who, index, more, problem] of strange) {
    test(`what ${who} says does not take the routes away`, async () => {
      let isStrange = false
      const waiting: (() => void)[] = []
      await using agent = await fakeAgent((asked) => {
        if (isStrange) asked.answer(index, [], more)
        else if (asked.query.has('recurse')) asked.answer(7, valuesOf('Host(`shop`)'))
        else if (asked.index === undefined) asked.answer(7, [])
        else waiting.push(() => asked.answer(8, []))
      })
      await using run = start(consul, { endpoints: [agent.address] })
      await run.until(says(SHOP))
      await expect.poll(() => waiting.length).toBe(1)
      isStrange = true
      waiting.pop()?.()
      await run.untilState('failed')
      expect(run.states.at(-1)?.detail).toContain(problem)
      isStrange = false
      await run.untilState('ready')
      expect(run.messages).toHaveLength(1)
    })
  }

  test('namespaces are read side by side, and the first one wins where two speak of one router', async () => {
    await using agent = await fakeAgent((asked) => {
      const namespace = asked.query.get('ns')
      if (asked.index !== undefined) return
      const own = { Key: `gateway/http/routers/${namespace}/rule`, Value: Buffer.from('Path(`/`)').toString('base64') }
      asked.answer(7, asked.query.has('recurse') ? [...valuesOf(`Host(\`${namespace}\`)`), own] : [])
    })
    await using run = start(consul, { endpoints: [agent.address], namespaces: ['one', 'two'] })
    const message = await run.until(says({ shop: 'Host(`one`)', one: 'Path(`/`)', two: 'Path(`/`)' }))
    expect(message.findings).toMatchObject([
      { code: 'GTW_CONFLICT', source: { store: 'consul, namespace two', key: 'gateway/http/routers/shop/rule' } },
    ])
    expect(message.locate?.(['http', 'routers', 'two', 'rule'])).toMatchObject({ store: 'consul, namespace two' })
    expect(message.locate?.(['http', 'routers', 'shop', 'rule'])).toMatchObject({ store: 'consul, namespace one' })
  })
})
