import { describe, expect, test } from 'vitest'
import { CODES } from '../../src/errors.ts'
import { normalizePath, sanitizePath, semicolonsToAmpersands } from '../../src/http/target.ts'
import { answering } from '../harness/answering.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { type Message, readRequests, readResponses, type Stream, statusOf, valuesOf } from '../harness/messages.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { endToEnd } from './forwarded-fields.ts'
import { type ExpectedMessage, type Outcome, outcomeOf } from './outcome.ts'
import { readCases, type WireCase, wireFiles } from './read-cases.ts'

/** The limit that the cases are written for. */
const ENTRY_POINT = { http: { maxHeaderBytes: 65_536 } }
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'

/** What the gateway has to make of the requests of one case. */
interface Plan {
  /** Requests that arrive whole, with the target that the origin sees. */
  readonly arriving: readonly (readonly [request: ExpectedMessage, target: string])[]
  /** One answer for each request that is answered, and one for the refusal. */
  readonly statuses: readonly number[]
  readonly methods: readonly string[]
  readonly closes: boolean
}

for (const file of wireFiles()) {
  // The parser alone refuses it: a listener that finds it speaks HTTP/2.
  const cases = readCases(file).filter(({ title }) => title !== 'The preface of HTTP/2 is refused')
  describe(`${file}, through the gateway`, () => {
    for (const wire of cases) {
      if (wire.answers === undefined) {
        test(wire.title, () => passRequests(wire, [wire.input]))
        test(`${wire.title}, in pieces`, () => passRequests(wire, piecesOf(wire.input)))
      } else {
        test(wire.title, () => passResponse(wire, 1))
        if (wire.answers.upgrade === undefined) test(`${wire.title}, to HTTP/1.0`, () => passResponse(wire, 0))
      }
    }
  })
}

// ── requests ─────────────────────────────────────────────────────────────────────────────────────────────

async function passRequests(wire: WireCase, pieces: readonly Buffer[]): Promise<void> {
  const answer = answering(({ startLine }, peer) => peer.send(startLine.startsWith('HEAD ') ? OK : `${OK}ok`))
  const asked = new Map<Peer, number>()
  await using origin = await startRawOrigin((peer) => {
    const { messages } = readRequests(peer.received)
    const [last] = messages.slice(-1).filter((message) => !message.complete && valuesOf(message, 'expect').length > 0)
    if (last !== undefined && asked.get(peer) !== messages.length) {
      asked.set(peer, messages.length)
      peer.send('HTTP/1.1 100 Continue\r\n\r\n')
    }
    answer(peer)
  })
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: ENTRY_POINT })
  const outcome = outcomeOf(wire)
  const plan = planOf(outcome)

  await using client = await connectTo(plane.port)
  await sendPieces(client, pieces)
  if (outcome.error === 'GTW_REQUEST_INCOMPLETE') client.finish()
  await client.until(() => client.end !== 'open' || (!plan.closes && finals(readAnswers(client, plan)).length >= plan.statuses.length))

  const answers = finals(readAnswers(client, plan))
  if (outcome.error === 'GTW_REQUEST_INCOMPLETE' && answers.length < plan.statuses.length) expect(client.end).not.toBe('open')
  else expect(answers.map(statusOf)).toEqual(plan.statuses)
  expect(client.end).not.toBe('reset')
  expect(answers.every(({ complete }) => complete)).toBe(true)
  const last = answers.at(-1)
  if (answers.length === plan.statuses.length && plan.closes && last !== undefined) expect(valuesOf(last, 'connection')).toEqual(['close'])
  expectArrived(origin.peers, plan, new URL(origin.url).host)
  client.socket.destroy()
  plane.forgetServers()
  await origin.until((peers) => peers.every(({ closed }) => closed), 'the end of every connection to the origin')
  // What arrived incomplete stays so until its connection is gone.
  expectArrived(origin.peers, plan, new URL(origin.url).host)
}

const readAnswers = (client: Peer, { methods }: Plan): Stream => readResponses(client.received, methods, client.end)
const finals = ({ messages }: Stream): Message[] => messages.filter((message) => statusOf(message) >= 200)

function planOf({ messages, error }: Outcome): Plan {
  const arriving: [ExpectedMessage, string][] = []
  const statuses: number[] = []
  const methods: string[] = []
  for (const message of messages) {
    const [method = '', target = '', version = '', ...flags] = message.words
    const sent = targetAfterRules(target)
    if (!message.ended) break
    methods.push(method)
    if (target === '*' || sent === undefined) statuses.push(target === '*' ? 200 : 400)
    else {
      arriving.push([message, sent])
      statuses.push(200)
    }
    if (flags.includes('close')) return { arriving, statuses, methods, closes: true }
    if (!/^HTTP\/1\.[01]$/.test(version)) throw new Error(`unknown version: ${version}`)
  }
  if (error === undefined) return { arriving, statuses, methods, closes: false }
  return { arriving, statuses: [...statuses, CODES[error].status], methods: [...methods, 'GET'], closes: true }
}

function targetAfterRules(target: string): string | undefined {
  const question = target.indexOf('?')
  const path = normalizePath(question === -1 ? target : target.slice(0, question))
  if (path === undefined) return undefined
  return sanitizePath(path) + (question === -1 ? '' : semicolonsToAmpersands(target.slice(question)))
}

function expectArrived(peers: readonly Peer[], { arriving }: Plan, originHost: string): void {
  const streams = peers.map(({ received }) => readRequests(received))
  // A connection that a request broke off on ends with it; all requests of one client are in order.
  const whole = streams.flatMap(({ messages }) => messages.filter(({ complete }) => complete))
  expect(whole.map(({ startLine }) => startLine)).toEqual(arriving.map(([{ words }, target]) => `${words[0]} ${target} HTTP/1.1`))
  for (const [index, [expected]] of arriving.entries()) {
    const message = whole[index] as Message
    expect(message.content).toBe(expected.content)
    expect(endToEnd(message.fields, 'request')).toEqual(endToEnd(expected.fields, 'request'))
    expect(valuesOf(message, 'host')).toEqual([hostOf(expected) || originHost])
    expect(valuesOf(message, 'te')).toEqual(expected.words.includes('accepts-trailers') ? ['trailers'] : [])
    expect(message.trailers).toEqual(message.framing === 'chunked' ? expected.trailers : [])
    const upgrade = expected.words.find((word) => word.startsWith('upgrade='))?.slice('upgrade='.length)
    expect(valuesOf(message, 'upgrade')).toEqual(upgrade === undefined ? [] : [upgrade])
    expect(valuesOf(message, 'connection').map((value) => value.toLowerCase())).toEqual(upgrade === undefined ? [] : ['upgrade'])
  }
}

function hostOf({ words, fields }: ExpectedMessage): string {
  const host = words.find((word) => word.startsWith('host='))
  return host === undefined ? (valuesOf({ fields }, 'host')[0] ?? '') : host.slice('host='.length)
}

/** Few enough for a head at its limit, small enough to cut every line of an ordinary one. */
function piecesOf(input: Buffer): Buffer[] {
  const size = Math.max(3, Math.ceil(input.length / 100))
  return Array.from({ length: Math.ceil(input.length / size) }, (_, index) => input.subarray(index * size, (index + 1) * size))
}

async function sendPieces(client: Peer, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (client.end !== 'open') return
    client.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

// ── responses ────────────────────────────────────────────────────────────────────────────────────────────

const SECOND = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond'

async function passResponse(wire: WireCase, minor: 0 | 1): Promise<void> {
  const { method, upgrade } = wire.answers as NonNullable<WireCase['answers']>
  const outcome = outcomeOf(wire)
  const [expected] = outcome.messages
  const switches = expected?.words.includes('tunnel') ?? false
  // A response that ends by itself leaves the connection open, so that what is behind it can do harm.
  const endsItself = expected?.ended === true && !expected.words.includes('until-close')
  await using origin = await startRawOrigin(
    answering(({ startLine }, peer) => {
      const isFirst = startLine.includes('/first')
      peer.send(isFirst ? wire.input : SECOND)
      if (isFirst && !endsItself && !switches) peer.finish()
    }),
  )
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  const handshake = upgrade === undefined ? '' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n${WEBSOCKET}`
  const keep = minor === 0 ? 'Connection: keep-alive\r\n' : ''
  client.send(`${method} /first HTTP/1.${minor}\r\nHost: a\r\n${keep}${handshake}\r\n`)
  const read = (): Stream => readResponses(client.received, [method, 'GET'], client.end)
  await client.until(() => client.end !== 'open' || (switches ? hasSwitched(read(), outcome) : finals(read())[0]?.complete))

  expectInfos(read(), outcome, minor)
  const [first] = finals(read())
  if (switches) expectTunnel(read(), outcome)
  else if (expected === undefined) expect([first && statusOf(first), first?.complete]).toEqual([502, true])
  else if (!expected.ended) expect(first?.complete ?? false).toBe(false)
  else expectResponse(first, expected, { minor, client })
  if (client.end === 'open' && !switches && first !== undefined && valuesOf(first, 'connection')[0] !== 'close') {
    client.send('GET /second HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.until(() => client.end !== 'open' || finals(read())[1]?.complete)
    expect(finals(read()).map(({ content }) => content)[1]).toBe('second')
  }
  expect(switches ? '' : read().rest).toBe('')
}

const WEBSOCKET = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'

function expectInfos(stream: Stream, { infos }: Outcome, minor: 0 | 1): void {
  const seen = stream.messages.map(statusOf).filter((status) => status < 200 && status !== 101)
  // The gateway answers an expectation itself, so a 100 of the server has no one who waits for it.
  expect(seen).toEqual(minor === 0 ? [] : infos.filter((status) => status !== 100))
}

const hasSwitched = ({ messages, rest }: Stream, outcome: Outcome): boolean =>
  messages.at(-1)?.framing === 'tunnel' && rest.length >= outcome.rest.length

function expectTunnel(stream: Stream, { rest, messages }: Outcome): void {
  expect(stream.messages.map(statusOf).at(-1)).toBe(101)
  const [expected] = messages as [ExpectedMessage]
  const first = stream.messages.at(-1) as Message
  expect(valuesOf(first, 'upgrade').map((value) => value.toLowerCase())).toEqual(
    valuesOf(expected, 'upgrade').map((value) => value.toLowerCase()),
  )
  expect(stream.rest).toBe(rest)
}

function expectResponse(
  message: Message | undefined,
  expected: ExpectedMessage,
  { minor, client }: { readonly minor: 0 | 1; readonly client: Peer },
): void {
  if (message === undefined) throw new Error(`no response came: ${JSON.stringify(client.text)}`)
  const hasDate = expected.fields.some(([name]) => name.toLowerCase() === 'date')
  const fields = endToEnd(message.fields, 'response').filter(([name]) => hasDate || name !== 'Date')
  expect(statusOf(message)).toBe(Number(expected.words[0]))
  expect(fields).toEqual(endToEnd(expected.fields, 'response'))
  expect(message.content).toBe(expected.content)
  expect(message.complete).toBe(true)
  expect(message.trailers).toEqual(minor === 0 ? [] : expected.trailers)
  if (minor === 0) expect(message.framing).not.toBe('chunked')
}
