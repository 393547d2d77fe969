import { expect, test } from 'vitest'
import { startDataPlane } from '../harness/data-plane.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { Random } from '../harness/random.ts'
import { answersOf } from './exchange.ts'
import { Ledger } from './ledger.ts'
import { type Plan, randomPlan, requestOf } from './plan.ts'
import { playing } from './random-server.ts'

const CLIENTS = 50
const ROUNDS = 12
const MOST_PIPELINED = 4
const TIMEOUTS = {
  entryPoint: { transport: { respondingTimeouts: { readTimeout: '60s', writeTimeout: '10s', idleTimeout: '60s' } } },
  transport: { maxIdleConnsPerHost: 20, forwardingTimeouts: { responseHeaderTimeout: '5s', idleConnTimeout: '60s' } },
}

for (const seed of [1, 2, 3]) {
  test(`all faults at once, on ${CLIENTS} connections: no answer is mixed up, shortened or doubled, and nothing is left (seed ${seed})`, async () => {
    const ledger = new Ledger()
    await using origin = await startRawOrigin(playing(ledger))
    await using plane = await startDataPlane({ urls: [origin.url], ...TIMEOUTS })
    // Time passes while clients wait for servers that have stalled.
    const time = setInterval(() => plane.clock.advance(200), 10)
    let id = 0
    const work = async (client: number): Promise<void> => {
      const random = new Random(seed * 1_000 + client)
      for (let round = 0; round < ROUNDS; round++) {
        const plans = Array.from({ length: 1 + random.below(MOST_PIPELINED) }, () => randomPlan(++id, random))
        await runOnOneConnection(plane.port, plans, { random, ledger })
      }
    }
    try {
      await Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)))
      plane.forgetServers()
      await plane.clock.untilNothingIsWatched()
    } finally {
      clearInterval(time)
    }
    await origin.until((peers) => peers.every(({ end, closed }) => closed || end !== 'open'))
    expect(ledger.repeated).toEqual([])
    expect(ledger.violations).toEqual([])
    expect(ledger.answers).toBeGreaterThan(CLIENTS * ROUNDS)
  })
}

interface Run {
  readonly random: Random
  readonly ledger: Ledger
}

/** Sends requests one behind the other, or one after the other, until they are answered or the connection has ended. */
async function runOnOneConnection(port: number, plans: readonly Plan[], { random, ledger }: Run): Promise<void> {
  await using client = await connectTo(port)
  const pipelines = random.chance(0.5)
  const methods = plans.map(({ method }) => method)
  const sent: Plan[] = []
  for (const [index, plan] of plans.entries()) {
    const octets = requestOf(plan)
    const whole = plan.leavesAt > 1
    if (plan.isLazy) void beLazy(client)
    await sendInPieces(client, whole ? octets : octets.slice(0, octets.length * plan.leavesAt), random)
    if (!whole) {
      if (random.chance(0.5)) client.reset()
      else client.finish()
      break
    }
    sent.push(plan)
    if (!pipelines) await untilAnswered(client, methods, index)
    if (client.end !== 'open' || plan.minor === 0) break
  }
  if (!client.socket.destroyed) await untilAnswered(client, methods, sent.length - 1)
  const answers = answersOf(client, [...methods, 'GET'])
  for (const [index, plan] of sent.entries()) if (answers[index] !== undefined) ledger.answered(plan, answers[index])
}

/** Reads on when some time has passed. */
async function beLazy({ socket }: Peer): Promise<void> {
  socket.pause()
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  socket.resume()
}

const untilAnswered = (client: Peer, methods: readonly string[], index: number): Promise<Peer> =>
  client.until(() => client.end !== 'open' || client.closed || (index >= 0 && answersOf(client, [...methods, 'GET'])[index]?.complete))

async function sendInPieces(client: Peer, octets: string, random: Random): Promise<void> {
  const pieces = random.chance(0.5) ? 1 : 1 + random.below(5)
  const size = Math.ceil(octets.length / pieces)
  for (let at = 0; at < octets.length && client.end === 'open'; at += size) {
    client.send(octets.slice(at, at + size))
    if (pieces > 1) await new Promise((resolve) => setImmediate(resolve))
  }
}
