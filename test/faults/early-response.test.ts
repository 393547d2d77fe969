import { describe, expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { readRequests } from '../harness/messages.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { answerOf, answersOf, ask } from './exchange.ts'

const SECOND = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond'
const GET = 'GET /second HTTP/1.1\r\nHost: a\r\n\r\n'

const MOMENTS = ['at the head', 'inside the content', 'behind the content'] as const
const ENDINGS = ['keeps the connection', 'closes', 'resets'] as const

const ANSWERS = [
  { name: 'a counted answer', octets: 'HTTP/1.1 413 X\r\nContent-Length: 3\r\n\r\nbig', content: 'big' },
  { name: 'a chunked answer', octets: 'HTTP/1.1 413 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbig\r\n0\r\n\r\n', content: 'big' },
  { name: 'an answer without content', octets: 'HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n', content: '' },
] as const

interface Upload {
  readonly name: string
  readonly fields: string
  /** What is sent first, and then when the answer is on its way. */
  readonly pieces: readonly [string, string]
}

const counted = (length: number): Upload['pieces'] => ['a'.repeat(length / 2), 'b'.repeat(length / 2)]
const chunks = (length: number): Upload['pieces'] => {
  const size = (length / 2).toString(16)
  return [`${size}\r\n${'a'.repeat(length / 2)}\r\n`, `${size}\r\n${'b'.repeat(length / 2)}\r\n0\r\n\r\n`]
}

const UPLOADS: readonly Upload[] = [
  { name: 'a small upload', fields: 'Content-Length: 1000\r\n', pieces: counted(1_000) },
  { name: 'a large upload', fields: 'Content-Length: 4000000\r\n', pieces: counted(4_000_000) },
  { name: 'a small chunked upload', fields: 'Transfer-Encoding: chunked\r\n', pieces: chunks(1_000) },
  { name: 'a large chunked upload', fields: 'Transfer-Encoding: chunked\r\n', pieces: chunks(4_000_000) },
  { name: 'an expected upload', fields: 'Expect: 100-continue\r\nContent-Length: 1000\r\n', pieces: counted(1_000) },
]

for (const upload of UPLOADS) {
  for (const moment of MOMENTS) {
    for (const ending of ENDINGS) {
      describe(`${upload.name}, answered ${moment} by a server that ${ending}`, () => {
        for (const answer of ANSWERS) test(answer.name, () => answerEarly(upload, moment, ending, answer))
      })
    }
  }
}

async function answerEarly(
  upload: Upload,
  moment: (typeof MOMENTS)[number],
  ending: (typeof ENDINGS)[number],
  answer: (typeof ANSWERS)[number],
): Promise<void> {
  const expects = upload.fields.startsWith('Expect')
  const struck = new Set<Peer>()
  const answered = new Map<Peer, number>()
  const answerOthers = answering((_request, server) => server.send(SECOND))
  await using origin = await startRawOrigin((server) => {
    if (!server.received.subarray(0, 4).equals(Buffer.from('POST'))) answerOthers(server)
    else if (struck.has(server)) {
      if (server.end !== 'open') server.finish()
      const asked = server.received.subarray(-2_000).toString('latin1').split('GET /second').length - 1
      for (let count = answered.get(server) ?? 0; count < asked; count++) server.send(SECOND)
      answered.set(server, asked)
    } else if (isTime(server, moment, upload)) {
      struck.add(server)
      server.send(answer.octets)
      if (ending === 'closes') server.finish()
      if (ending === 'resets') server.reset()
    }
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(`POST /early HTTP/1.1\r\nHost: a\r\n${upload.fields}\r\n`)
  if (expects && moment !== 'at the head') {
    await origin.until(([server]) => server?.text.includes('\r\n\r\n'))
    plane.clock.advance(1_000)
    await client.until(() => client.text.includes(' 100 ') || client.end !== 'open')
  }
  if (!expects || moment !== 'at the head') {
    client.send(upload.pieces[0])
    if (moment === 'behind the content') client.send(upload.pieces[1])
    else {
      await client.until(() => client.end !== 'open' || answersOf(client, ['POST', 'GET']).some(({ status }) => status >= 200))
      client.send(upload.pieces[1])
    }
  }
  const first = await answerOf(client, ['POST', 'GET'], 0)
  expect([first.status, first.complete, first.content]).toEqual([413, true, answer.content])
  // Whatever is left of the upload, the next request is not mixed up with it, on this connection or on another.
  if (client.end === 'open') {
    client.send(GET)
    const second = await answerOf(client, ['POST', 'GET'])
    if (second.status !== 0) expect([second.status, second.content]).toEqual([200, 'second'])
  }
  expect((await ask(plane.port, GET)).content).toBe('second')
  expectNoMixture(origin.peers, moment)
  client.socket.destroy()
  plane.forgetServers()
  await plane.clock.untilNothingIsWatched()
}

/** Whether the server has seen as much as it wants to. */
function isTime({ received }: Peer, moment: (typeof MOMENTS)[number], { pieces }: Upload): boolean {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return false
  if (moment === 'at the head') return true
  return moment === 'inside the content' ? received.length > head + 104 : received.length >= head + 4 + pieces[0].length + pieces[1].length
}

/** A connection on which the upload was not finished carries nothing else. */
function expectNoMixture(peers: readonly Peer[], moment: string): void {
  for (const { received } of peers) {
    const { messages, rest } = readRequests(received)
    expect(rest).toBe('')
    const upload = messages.findIndex(({ startLine }) => startLine.startsWith('POST'))
    if (upload !== -1 && !messages[upload]?.complete) expect(upload).toBe(messages.length - 1)
    if (moment === 'behind the content' && upload !== -1) expect(messages[upload]?.complete).toBe(true)
  }
}
