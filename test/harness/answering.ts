import { type Message, readRequests } from './messages.ts'
import type { Peer } from './peer.ts'

/** A script of an origin: answers each request once it is complete, and ends a connection that the other side ended. */
export function answering(answer: (request: Message, peer: Peer) => void): (peer: Peer) => void {
  const answered = new WeakMap<Peer, number>()
  return (peer) => {
    const { messages } = readRequests(peer.received)
    for (let index = answered.get(peer) ?? 0; messages[index]?.complete; index++) {
      answered.set(peer, index + 1)
      answer(messages[index] as Message, peer)
    }
    if (peer.end !== 'open') peer.finish()
  }
}
