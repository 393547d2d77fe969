import { describe, expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { startDataPlane, type TimedDataPlane } from '../harness/data-plane.ts'
import type { ManualClock } from '../harness/manual-clock.ts'
import { type Message, readRequests } from '../harness/messages.ts'
import { connectTo, type Peer, type RawOrigin, startRawOrigin } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'
import { type Answer, answerOf, ask } from './exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const GET = 'GET /fault HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = 'POST /fault HTTP/1.1\r\nHost: a\r\n\r\n'
const UPLOAD = 'PUT /fault HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const UPGRADE = 'GET /fault HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
type Plane = TimedDataPlane<ManualClock>

const TIMEOUTS = { forwardingTimeouts: { responseHeaderTimeout: '10s' } }

interface Fault {
  readonly what: string
  readonly strike: (server: Peer) => void
  readonly status: number
  /** Nothing of an answer was seen: a request that may be repeated is repeated, where the connection was not a new one. */
  readonly silent?: boolean
  readonly infos?: readonly number[]
  /** The gateway has to lose patience. */
  readonly waits?: boolean
}

const sends =
  (octets: string, end?: 'fin' | 'reset') =>
  (server: Peer): void => {
    server.send(octets)
    if (end === 'fin') server.finish()
    if (end === 'reset') server.reset()
  }

const FAULTS: readonly Fault[] = [
  { what: 'a FIN', strike: (server) => server.finish(), status: 502, silent: true },
  { what: 'a reset', strike: (server) => server.reset(), status: 502, silent: true },
  { what: 'one octet and a FIN', strike: sends('H', 'fin'), status: 502 },
  { what: 'one octet and a reset', strike: sends('H', 'reset'), status: 502 },
  { what: 'half a head and a FIN', strike: sends('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n', 'fin'), status: 502 },
  { what: 'half a head and a reset', strike: sends('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n', 'reset'), status: 502 },
  { what: 'what is no HTTP', strike: sends('220 mail.example ESMTP\r\n'), status: 502 },
  { what: 'a head that is not valid', strike: sends('HTTP/1.1 200 OK\r\nA b\r\n\r\n'), status: 502 },
  { what: '103 and a FIN', strike: sends('HTTP/1.1 103 X\r\n\r\n', 'fin'), status: 502, infos: [103] },
  { what: '102 and a reset', strike: sends('HTTP/1.1 102 X\r\n\r\n', 'reset'), status: 502, infos: [102] },
  {
    what: 'more than 32 informational responses',
    strike: sends('HTTP/1.1 103 X\r\n\r\n'.repeat(33) + OK),
    status: 502,
    infos: Array.from({ length: 32 }, () => 103),
  },
  { what: 'nothing at all', strike: () => {}, status: 504, waits: true },
  { what: 'half a head and then nothing', strike: sends('HTTP/1.1 200 OK\r\n'), status: 504, waits: true },
]

/** An origin that answers all but `/fault`, and that only the first time when it is asked more than once. */
async function startFaulty(strike: (server: Peer, request: Message) => void): Promise<RawOrigin> {
  let struck = false
  return startRawOrigin(
    answering((request, server) => {
      if (struck || !request.startLine.includes('/fault')) server.send(OK)
      else {
        struck = true
        strike(server, request)
      }
    }),
  )
}

const faultsSeenBy = ({ peers }: RawOrigin): number =>
  peers.flatMap(({ received }) => readRequests(received).messages).filter(({ startLine }) => startLine.includes('/fault')).length

/** Every connection ends when its client has left and the pool lets go of it. */
async function expectNothingLeft(plane: Plane, origin: RawOrigin): Promise<void> {
  plane.forgetServers()
  await origin.until((peers) => peers.every(({ closed, end }) => closed || end !== 'open'), 'the end of all connections to the server')
  await plane.clock.untilNothingIsWatched()
}

async function askPatiently(plane: Plane, origin: RawOrigin, octets: string, waits: boolean | undefined): Promise<Answer> {
  await using client = await connectTo(plane.port)
  client.send(octets)
  if (waits) {
    await origin.until(() => faultsSeenBy(origin) > 0)
    // What the server sent last was read by the time that a request behind it is answered.
    await ask(plane.port, 'GET /other HTTP/1.1\r\nHost: a\r\n\r\n')
    plane.clock.advance(10_000)
  }
  return await answerOf(client, octets.split(' ', 1))
}

for (const { what, strike, status, silent, infos = [], waits } of FAULTS) {
  describe(`a server answers with ${what}`, () => {
    for (const octets of [GET, POST, UPLOAD, UPGRADE]) {
      const [method] = octets.split(' ', 1) as [string]
      const kind = octets === UPGRADE ? 'an upgrade' : octets === UPLOAD ? 'a PUT with content' : `a ${method} without content`

      test(`${kind} on a new connection: ${status}, and it was sent once`, async () => {
        await using origin = await startFaulty(strike)
        await using plane = await startDataPlane({ urls: [origin.url], transport: TIMEOUTS })
        const answer = await askPatiently(plane, origin, octets, waits)
        expect([answer.status, answer.complete, answer.infos]).toEqual([status, true, infos])
        expect(faultsSeenBy(origin)).toBe(1)
        await expectNothingLeft(plane, origin)
      })

      const repeated = silent && octets === GET
      test(`${kind} on a used connection: ${repeated ? '200, and it was sent twice' : `${status}, and it was sent once`}`, async () => {
        await using origin = await startFaulty(strike)
        await using plane = await startDataPlane({ urls: [origin.url], transport: TIMEOUTS })
        expect((await ask(plane.port, 'GET /first HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
        const answer = await askPatiently(plane, origin, octets, waits)
        expect(origin.peers[0]?.text).toContain('/fault')
        expect([answer.status, answer.complete, answer.infos]).toEqual([repeated ? 200 : status, true, infos])
        expect(faultsSeenBy(origin)).toBe(repeated ? 2 : 1)
        await expectNothingLeft(plane, origin)
      })
    }
  })
}

test('a server that is not there is a 502, and nothing is left of the attempt', async () => {
  await using plane = await startDataPlane({ urls: [`http://127.0.0.1:${await freePort()}`] })
  await using client = await connectTo(plane.port)
  client.send(GET + UPLOAD)
  const methods = ['GET', 'PUT']
  expect([(await answerOf(client, methods)).status, client.end]).toEqual([502, 'open'])
  expect(plane.clock.watching).toBe(1)
})

test('a retried request is given up where the new connection dies as well', async () => {
  const strikes = [OK, '', '', OK]
  await using origin = await startRawOrigin(
    answering((_request, server) => {
      const octets = strikes.shift() ?? ''
      if (octets === '') server.finish()
      else server.send(octets)
    }),
  )
  await using plane = await startDataPlane({ urls: [origin.url] })
  expect((await ask(plane.port, GET)).status).toBe(200)
  expect((await ask(plane.port, GET)).status).toBe(502)
  expect(faultsSeenBy(origin)).toBe(3)
})

describe('a connection is not used again', () => {
  const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
  const cases: readonly (readonly [why: string, first: string, later: string | undefined])[] = [
    ['when a second response stands behind the first', OK + POISON, undefined],
    ['when octets stand behind the response', `${OK}\r\n`, undefined],
    ['when a response to HEAD has content', OK + POISON, undefined],
    ['when a second response comes while nobody waits for one', OK, POISON],
    ['when one octet comes while nobody waits for it', OK, 'x'],
    ['when an informational response comes while nobody waits for one', OK, 'HTTP/1.1 103 X\r\n\r\n'],
    ['when the server has closed its direction', OK, ''],
    ['when the server says that it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', undefined],
    ['when the server speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', undefined],
    ['when 204 declares content', `HTTP/1.1 204 No Content\r\nContent-Length: ${POISON.length}\r\n\r\n`, POISON],
  ]
  for (const [why, first, later] of cases) {
    test(why, async () => {
      await using origin = await startRawOrigin(
        answering((request, server) => server.send(request.startLine.includes('/fault') ? first : OK)),
      )
      await using plane = await startDataPlane({ urls: [origin.url] })
      await using client = await connectTo(plane.port)
      const method = why.includes('HEAD') ? 'HEAD' : 'GET'
      client.send(GET.replace('GET', method))
      expect((await answerOf(client, [method])).complete).toBe(true)
      if (later === '') origin.peers[0]?.finish()
      else if (later !== undefined) origin.peers[0]?.send(later)
      await origin.until(([server]) => server?.end !== 'open', 'the end of the connection')
      client.send('GET /second HTTP/1.1\r\nHost: a\r\n\r\n')
      expect((await answerOf(client, [method, 'GET'])).content).toBe('ok')
      expect(origin.peers[1]?.text).toContain('/second')
    })
  }
})

test('a server that answers garbage inside chunked content breaks the answer off', async () => {
  await using origin = await startFaulty(sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n'))
  await using plane = await startDataPlane({ urls: [origin.url] })
  expect(await ask(plane.port, GET)).toMatchObject({ complete: false, end: 'reset' })
  await expectNothingLeft(plane, origin)
})

test('a client that leaves ends the exchange with a server that has stalled', async () => {
  for (const octets of ['', 'HTTP/1.1 2', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc']) {
    const asked = Promise.withResolvers<void>()
    await using origin = await startFaulty((server) => {
      server.send(octets)
      asked.resolve()
    })
    await using plane = await startDataPlane({ urls: [origin.url] })
    await using client = await connectTo(plane.port)
    client.send(GET)
    await asked.promise
    client.reset()
    await origin.peers[0]?.untilEnd()
    await expectNothingLeft(plane, origin)
  }
})
