import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { dueAfter, percentile } from '../figures.ts'

// An open loop: requests leave at a constant rate, whether the answers come or not, and a latency counts from the moment
// when its request was due: constant-rate.ts PORT PATH CONNECTIONS RATE SECONDS. Rate 0 sends as fast as answers come.

const [port, path, connections, rate, seconds] = process.argv.slice(2) as [string, string, string, string, string]
const RATE = Number(rate)
const END_MS = Number(seconds) * 1000
/** The first part of the run warms up the path and is not counted. */
const COUNT_FROM_MS = 1000
const MOST_REQUESTS = 4_000_000

const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const latencies = new Float64Array(MOST_REQUESTS)
let answered = 0
let failed = 0
let sent = 0
let startedAt = 0

/** Connections without a request under way; the one used last comes first. */
const free: Client[] = []

/** One keep-alive connection; an answer is one head and a body whose length the first answer tells. */
class Client {
  readonly socket: Socket
  #dueAt = 0
  #left = 0

  constructor() {
    const callback = (size: number): boolean => {
      this.#left -= size
      if (this.#left <= 0) this.#onAnswer()
      return true
    }
    this.socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true, onread: { buffer: readBuffer, callback } })
    this.socket
      .on('error', () => {})
      .on('close', () => {
        failed++
      })
  }

  send(dueAt: number): void {
    this.#dueAt = dueAt
    this.#left = answerOctets
    this.socket.write(request, 'latin1')
  }

  #onAnswer(): void {
    // All answers are alike, so that their octets tell a wrong one too.
    if (this.#left < 0) failed++
    const now = performance.now()
    if (this.#dueAt - startedAt >= COUNT_FROM_MS && answered < MOST_REQUESTS) latencies[answered++] = now - this.#dueAt
    if (RATE === 0 && now - startedAt < END_MS) this.send(now)
    else {
      free.push(this)
      if (RATE > 0) sendDue()
    }
  }
}

function sendDue(): void {
  const due = Math.min(dueAfter(performance.now() - startedAt, RATE), dueAfter(END_MS, RATE))
  while (sent < due) {
    const client = free.pop()
    if (client === undefined) return
    client.send(startedAt + (sent++ * 1000) / RATE)
  }
}

/** Octets of one whole answer: they are all alike, with a head of a fixed width. */
async function lengthOfAnswer(): Promise<number> {
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  socket.write(request)
  let text = ''
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1])
    if (head !== -1 && text.startsWith('HTTP/1.1 200') && text.length >= head + 4 + length) return head + 4 + length
  }
  throw new Error(`no whole answer with status 200: ${text}`)
}

const answerOctets = await lengthOfAnswer()
const clients = Array.from({ length: Number(connections) }, () => new Client())
await Promise.all(clients.map(({ socket }) => once(socket, 'connect')))
startedAt = performance.now()
if (RATE === 0) for (const client of clients) client.send(startedAt)
else free.push(...clients)
const timer = setInterval(() => {
  if (RATE > 0) sendDue()
  if (performance.now() - startedAt < END_MS + 500) return
  clearInterval(timer)
  const sorted = latencies.subarray(0, answered).sort()
  const perSecond = answered / ((END_MS - COUNT_FROM_MS) / 1000)
  const unsent = RATE === 0 ? 0 : dueAfter(END_MS, RATE) - sent
  console.log(JSON.stringify({ answered, perSecond, failed, unsent, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) }))
  process.exit()
}, 1)
