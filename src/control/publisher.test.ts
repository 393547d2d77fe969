import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import type { Snapshot } from '../config/snapshot.ts'
import { Publisher } from './publisher.ts'
import type { WorkerLink } from './worker-thread.ts'

const snapshotOf = (fingerprint: string): Snapshot => ({
  revision: 0,
  fingerprint,
  routers: {},
  services: {},
  middlewares: {},
  serversTransports: {},
  cells: {},
})

interface FakeLink extends WorkerLink {
  readonly sent: Snapshot[]
  /** What it got, as `revision fingerprint`. */
  readonly got: () => string[]
}

function linkOf(index: number): FakeLink {
  const sent: Snapshot[] = []
  return {
    index,
    sent,
    got: () => sent.map(({ revision, fingerprint }) => `${revision} ${fingerprint}`),
    send: (message) => void (message.type === 'apply' && sent.push(structuredClone(message.snapshot))),
  }
}

function publisherWith(count: number) {
  const timers = new FakeTimers()
  const { log, lines } = recordedLog()
  const publisher = new Publisher({ workers: count, timers, log })
  const links = Array.from({ length: count }, (_, index) => linkOf(index))
  for (const link of links) publisher.attach(link)
  const applied = (link: WorkerLink, revision: number) => publisher.receive(link, { type: 'applied', revision, findings: [] })
  return { timers, lines, publisher, links: links as [FakeLink, ...FakeLink[]], applied }
}

test('a snapshot goes to every worker with the next revision and is published when all have applied it', async () => {
  const { publisher, links, applied } = publisherWith(2)
  const first = publisher.publish(snapshotOf('a'))
  for (const link of links) applied(link, 1)
  expect(await first).toMatchObject({ type: 'published', snapshot: { revision: 1 }, applied: 2, rejected: [], silent: 0 })
  const second = publisher.publish(snapshotOf('b'))
  for (const link of links) applied(link, 2)
  expect(await second).toMatchObject({ type: 'published', snapshot: { revision: 2 } })
  expect(links.map((link) => link.got())).toEqual([
    ['1 a', '2 b'],
    ['1 a', '2 b'],
  ])
})

test('a snapshot that behaves as the current one is not sent', async () => {
  const { publisher, links, applied } = publisherWith(1)
  const first = publisher.publish(snapshotOf('a'))
  applied(links[0], 1)
  await first
  expect(await publisher.publish(snapshotOf('a'))).toEqual({ type: 'unchanged' })
  expect(links[0].got()).toEqual(['1 a'])
})

test('one publication runs at a time and the newest that waits wins', async () => {
  const { publisher, links, applied } = publisherWith(1)
  const outcomes = ['a', 'b', 'c', 'd'].map((name) => publisher.publish(snapshotOf(name)))
  expect(links[0].got()).toEqual(['1 a'])
  applied(links[0], 1)
  await outcomes[0]
  applied(links[0], 2)
  expect((await Promise.all(outcomes)).map(({ type }) => type)).toEqual(['published', 'superseded', 'superseded', 'published'])
  expect(links[0].got()).toEqual(['1 a', '2 d'])
})

test('a change that was taken back while it waited is not sent', async () => {
  const { publisher, links, applied } = publisherWith(1)
  const outcomes = ['a', 'b', 'a'].map((name) => publisher.publish(snapshotOf(name)))
  applied(links[0], 1)
  expect((await Promise.all(outcomes)).map(({ type }) => type)).toEqual(['published', 'superseded', 'unchanged'])
  expect(links[0].got()).toEqual(['1 a'])
})

test('a rejection is logged with its reason and does not hold the others back', async () => {
  const { publisher, links, applied, lines } = publisherWith(2)
  const outcome = publisher.publish(snapshotOf('a'))
  applied(links[0], 1)
  const error = { code: 'GTW_CONFIG_INVALID', detail: 'no such thing' } as const
  publisher.receive(links[1] as WorkerLink, { type: 'rejected', revision: 1, error })
  expect(await outcome).toMatchObject({ applied: 1, rejected: [error], silent: 0 })
  expect(lines).toEqual([
    { level: 'error', message: 'worker 1 rejected configuration 1 and keeps its last one', code: error.code, reason: error.detail },
  ])
})

test('a worker that does not answer is waited for 10 s and no longer', async () => {
  const { publisher, links, applied, timers, lines } = publisherWith(2)
  const outcome = publisher.publish(snapshotOf('a'))
  applied(links[0], 1)
  timers.advance(10_000)
  expect(await outcome).toMatchObject({ applied: 1, silent: 1 })
  expect(lines.map(({ message }) => message)).toEqual(['worker 1 has not answered configuration 1 yet'])
  expect(timers.armed).toBe(0)
})

test('a late answer to an old revision does not count for the next one', async () => {
  const { publisher, links, applied, timers } = publisherWith(1)
  const first = publisher.publish(snapshotOf('a'))
  timers.advance(10_000)
  await first
  const second = publisher.publish(snapshotOf('b'))
  applied(links[0], 1)
  applied(links[0], 2)
  expect(await second).toMatchObject({ snapshot: { revision: 2 }, applied: 1 })
})

test('a worker that is gone owes no answer, and the one that replaces it gets the current snapshot', async () => {
  const { publisher, links, applied } = publisherWith(2)
  const outcome = publisher.publish(snapshotOf('a'))
  applied(links[0], 1)
  publisher.detach(links[1] as WorkerLink)
  expect(await outcome).toMatchObject({ applied: 1, silent: 0 })
  const reborn = linkOf(1)
  publisher.attach(reborn)
  expect(reborn.got()).toEqual(['1 a'])
})

test('a publication before the workers are there waits for them', async () => {
  const timers = new FakeTimers()
  const publisher = new Publisher({ workers: 1, timers, log: recordedLog().log })
  const outcome = publisher.publish(snapshotOf('a'))
  const link = linkOf(0)
  publisher.attach(link)
  expect(link.got()).toEqual(['1 a'])
  publisher.receive(link, { type: 'applied', revision: 1, findings: [] })
  expect(await outcome).toMatchObject({ type: 'published', applied: 1 })
})

test('a snapshot that cannot be cloned counts as rejected', async () => {
  const { publisher } = publisherWith(0)
  publisher.attach({
    index: 0,
    send: () => {
      throw new Error('could not be cloned')
    },
  })
  expect(await publisher.publish(snapshotOf('a'))).toMatchObject({ applied: 0, rejected: [{ code: 'GTW_INTERNAL' }] })
})

test('after a stop nothing is waited for and nothing is sent', async () => {
  const { publisher, links, timers } = publisherWith(1)
  const outcomes = [publisher.publish(snapshotOf('a')), publisher.publish(snapshotOf('b'))]
  publisher.stop()
  outcomes.push(publisher.publish(snapshotOf('c')))
  expect((await Promise.all(outcomes)).map(({ type }) => type)).toEqual(['published', 'superseded', 'superseded'])
  expect(links[0].got()).toEqual(['1 a'])
  expect(timers.armed).toBe(0)
})
