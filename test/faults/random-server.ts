import { type Message, readRequests } from '../harness/messages.ts'
import type { Peer } from '../harness/peer.ts'
import type { Arrival, Ledger } from './ledger.ts'
import { contentOf, type Deed } from './plan.ts'

const counted = (content: string, status = '200 OK'): string => `HTTP/1.1 ${status}\r\nContent-Length: ${content.length}\r\n\r\n${content}`
const chunk = (text: string): string => (text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`)
const half = (text: string): string => text.slice(0, Math.floor(text.length / 2))

function chunked(content: string): string {
  const first = half(content)
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(first)}${chunk(content.slice(first.length))}0\r\n\r\n`
}

interface Reply {
  readonly octets: string
  readonly end?: 'fin' | 'reset'
}

const POISON = counted('poison')
const INFO = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'

function replyTo(deed: Deed, content: string): Reply {
  switch (deed) {
    case 'counted':
      return { octets: counted(content) }
    case 'chunked':
      return { octets: chunked(content) }
    case 'until-close':
      return { octets: `HTTP/1.1 200 OK\r\n\r\n${content}`, end: 'fin' }
    case 'infos':
      return { octets: INFO.repeat(3) + counted(content) }
    case 'no-content':
      return { octets: 'HTTP/1.1 204 No Content\r\n\r\n' }
    case 'fin':
    case 'reset':
      return { octets: '', end: deed }
    case 'fin-in-head':
      return { octets: 'HTTP/1.1 200 OK\r\nContent-Le', end: 'fin' }
    case 'reset-in-head':
      return { octets: 'HTTP/1.1 200 OK\r\nContent-Le', end: 'reset' }
    case 'fin-in-content':
      return { octets: counted(content).slice(0, -1), end: 'fin' }
    case 'reset-in-content':
      return { octets: counted(content).slice(0, -1), end: 'reset' }
    case 'fin-in-chunks':
      return { octets: chunked(content).slice(0, -2), end: 'fin' }
    case 'no-http':
      return { octets: '220 mail.example ESMTP\r\n' }
    case 'bad-chunk':
      return { octets: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(content)}zz\r\n` }
    case 'many-infos':
      return { octets: INFO.repeat(33) + counted(content) }
    case 'second-behind':
      return { octets: content.length > 10_000 ? counted(content) : counted(content) + POISON }
    case 'fin-behind':
      return { octets: counted(content), end: 'fin' }
    case 'reset-behind':
      return { octets: counted(content), end: 'reset' }
    case 'early':
      return { octets: counted(content.slice(0, 5), '413 X') }
    case 'early-fin':
      return { octets: counted(content.slice(0, 5), '413 X'), end: 'fin' }
    case 'early-reset':
      return { octets: counted(content.slice(0, 5), '413 X'), end: 'reset' }
    case 'stall':
      return { octets: '' }
    case 'stall-in-content':
      return { octets: half(counted(content)) }
  }
}

/** A script of an origin: does with each request what its path says, and notes that it came. */
export function playing(ledger: Ledger): (peer: Peer) => void {
  const servers = new WeakMap<Peer, RandomServer>()
  return (peer) => {
    const server = servers.get(peer) ?? new RandomServer(peer, ledger)
    servers.set(peer, server)
    server.play()
  }
}

class RandomServer {
  readonly #peer: Peer
  readonly #ledger: Ledger
  /** Octets of requests that are over. */
  #done = 0
  #served = 0
  #current: Arrival | undefined
  #replied = false
  /** Requests that are over and stand ahead of one that is not. */
  readonly #over = new Set<number>()

  constructor(peer: Peer, ledger: Ledger) {
    this.#peer = peer
    this.#ledger = ledger
  }

  play(): void {
    if (this.#peer.end !== 'open') {
      this.#peer.finish()
      return
    }
    const { messages, rest } = readRequests(this.#peer.received.subarray(this.#done))
    for (const message of messages) this.#see(message)
    const last = messages.at(-1)
    if (last?.complete) this.#done = this.#peer.received.length - rest.length
  }

  #see(message: Message): void {
    const [method = '', path = ''] = message.startLine.split(' ')
    const [, id, deed, size] = path.split('/') as [string, string, Deed, string]
    if (this.#over.has(Number(id))) return
    if (this.#current?.id !== Number(id))
      this.#arrives({ id: Number(id), method, deed, hasContent: message.framing !== 'none', reused: this.#served > 0, answered: 0 })
    if (!this.#replied && (message.complete || deed.startsWith('early'))) this.#reply(method, deed, Number(size))
    if (!message.complete) return
    this.#over.add(Number(id))
    this.#checkContent(message)
  }

  #arrives(arrival: Arrival): void {
    this.#current = arrival
    this.#replied = false
    this.#served++
    this.#ledger.arrives(arrival)
  }

  #reply(method: string, deed: Deed, size: number): void {
    const { id } = this.#current as Arrival
    const full = contentOf(id, deed.startsWith('early') ? 5 : size)
    const { octets, end } = replyTo(deed, full)
    // An answer to HEAD ends with its head.
    const sent = method === 'HEAD' && octets.includes('\r\n\r\n') && deed !== 'many-infos' && deed !== 'infos' ? headOf(octets) : octets
    this.#replied = true
    // The server had ended the connection when the request was on its way.
    if (!this.#peer.socket.writable) return
    if (this.#current !== undefined) this.#current.answered = sent.length
    if (sent !== '') this.#peer.send(sent)
    if (end === 'fin') this.#peer.finish()
    if (end === 'reset') this.#peer.reset()
  }

  #checkContent({ content }: Message): void {
    const { id } = this.#current as Arrival
    if (content !== contentOf(id, content.length)) this.#ledger.violations.push(`${id} arrived with content of someone else`)
  }
}

const headOf = (octets: string): string => octets.slice(0, octets.indexOf('\r\n\r\n') + 4)
