import { expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { inBatches } from '../harness/batches.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { type Message, readResponses, statusOf } from '../harness/messages.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'

/** Two KiB in all: every line end, digit and letter is a place where a server can break off. */
const SIZE = 2_048

interface Response {
  readonly name: string
  readonly method: string
  readonly status: number
  readonly head: string
  /** What follows the head on the wire. */
  readonly body: string
  /** What the body says. */
  readonly content: string
  readonly endsWithConnection?: boolean
}

/** Content in which every place looks different, so that a shifted or foreign octet is noticed. */
const textOf = (length: number): string =>
  Array.from({ length: length }, (_, at) => `<${at % 10_000}>`)
    .join('')
    .slice(0, length)
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

function counted(name: string, method: string, status: string): Response {
  const head = `HTTP/1.1 ${status}\r\nContent-Length: 1984\r\n\r\n`
  const content = method === 'HEAD' || status.startsWith('304') ? '' : textOf(1_984)
  return { name, method, status: Number(status.slice(0, 3)), head, body: content, content }
}

function chunked(name: string, end: string): Response {
  const head = `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n`
  const parts = [textOf(900), textOf(1), textOf(1_000)]
  return { name, method: 'GET', status: 200, head, body: `${parts.map(chunk).join('')}${end}`, content: parts.join('') }
}

const RESPONSES: readonly Response[] = [
  counted('Content-Length', 'GET', '200 OK'),
  chunked('chunked content', '0\r\n\r\n'),
  chunked('chunked content with trailers', '0\r\nX-Sum: 1234567890\r\nX-Other: \r\n\r\n'),
  {
    name: 'content until the connection ends',
    method: 'GET',
    status: 200,
    head: 'HTTP/1.1 200 OK\r\nX-Padding: a\r\n\r\n',
    body: textOf(SIZE),
    content: textOf(SIZE),
    endsWithConnection: true,
  },
  counted('a response to HEAD', 'HEAD', '200 OK'),
  counted('304', 'GET', '304 Not Modified'),
  {
    name: '204',
    method: 'GET',
    status: 204,
    head: `HTTP/1.1 204 No Content\r\nX-Padding: ${'a'.repeat(400)}\r\n\r\n`,
    body: '',
    content: '',
  },
]

interface Cut {
  readonly at: number
  readonly how: 'fin' | 'reset'
}

for (const response of RESPONSES) {
  for (const minor of [1, 0] as const) {
    test(`${response.name}, broken off after every octet, never looks whole to an HTTP/1.${minor} client`, async () => {
      const wire = response.head + response.body
      await using origin = await startRawOrigin(
        answering(({ startLine }, peer) => {
          const [, at, how] = (startLine.split(' ')[1] as string).split('/')
          peer.send(wire.slice(0, Number(at)))
          if (how === 'fin') peer.finish()
          else peer.reset()
        }),
      )
      await using plane = await startDataPlane({ urls: [origin.url] })
      const cuts = Array.from({ length: wire.length + 1 }, (_, at): Cut[] => [
        { at, how: 'fin' },
        { at, how: 'reset' },
      ]).flat()
      await inBatches(cuts, 32, async (cut) => {
        await using client = await connectTo(plane.port)
        client.send(`${response.method} /${cut.at}/${cut.how} HTTP/1.${minor}\r\nHost: a\r\n\r\n`)
        const read = (): Message | undefined => readResponses(client.received, [response.method], client.end).messages[0]
        await client.until(() => client.end !== 'open' || read()?.complete)
        check(response, cut, read(), client)
      })
      plane.forgetServers()
      await origin.until((peers) => peers.every(({ closed }) => closed))
    })
  }
}

function check(response: Response, cut: Cut, seen: Message | undefined, client: Peer): void {
  const place = `${cut.how} after octet ${cut.at}: ${JSON.stringify(client.text.slice(0, 300))}`
  if (cut.at < response.head.length) {
    expect([seen && statusOf(seen), seen?.complete], place).toEqual([502, true])
    return
  }
  if (seen !== undefined) expect(statusOf(seen), place).toBe(response.status)
  const whole = response.endsWithConnection ? cut.how === 'fin' : cut.at >= endOf(response)
  // A reset may also take away what was whole.
  if (!whole || cut.how === 'fin') expect(seen?.complete ?? false, place).toBe(whole)
  const sent = whole && !response.endsWithConnection ? response.content : decoded(response, cut.at)
  if (seen?.complete) expect(seen.content, place).toBe(sent)
  else expect(sent.startsWith(seen?.content ?? ''), place).toBe(true)
}

/** Where the message is over: behind its head where it has no content. */
function endOf({ head, body, content }: Response): number {
  return content === '' ? head.length : head.length + body.length
}

/** What can be known of the content from so many octets. */
function decoded({ head, body, content }: Response, at: number): string {
  return body === content ? content.slice(0, at - head.length) : content
}
