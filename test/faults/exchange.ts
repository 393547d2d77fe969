import { type End, type Message, readResponses, statusOf } from '../harness/messages.ts'
import { connectTo, type Peer } from '../harness/peer.ts'

/** What a client makes of the answer to one request. */
export interface Answer {
  /** 0 where no final response began. */
  readonly status: number
  readonly complete: boolean
  readonly content: string
  readonly infos: readonly number[]
  readonly end: End
}

/** The answers to requests of these methods on one connection, as far as they have come. */
export function answersOf(client: Peer, methods: readonly string[] = ['GET']): Answer[] {
  const { messages } = readResponses(client.received, methods, client.end)
  const answers: Answer[] = []
  let infos: number[] = []
  for (const message of messages) {
    if (statusOf(message) < 200) infos.push(statusOf(message))
    else {
      answers.push(toAnswer(message, infos, client.end))
      infos = []
    }
  }
  return infos.length === 0 ? answers : [...answers, toAnswer(undefined, infos, client.end)]
}

/** Sends one request on a connection of its own and waits until it is answered, or the connection has ended. */
export async function ask(port: number, octets: string): Promise<Answer> {
  await using client = await connectTo(port)
  client.send(octets)
  return await answerOf(client, octets.split(' ', 1))
}

/** Waits for one of the answers to these requests: the last one, or the one at that place. */
export async function answerOf(client: Peer, methods: readonly string[] = ['GET'], place = methods.length - 1): Promise<Answer> {
  const last = (): Answer | undefined => answersOf(client, methods)[place]
  await client.until(() => client.end !== 'open' || last()?.complete, 'an answer')
  return last() ?? toAnswer(undefined, [], client.end)
}

function toAnswer(message: Message | undefined, infos: readonly number[], end: End): Answer {
  if (message === undefined) return { status: 0, complete: false, content: '', infos, end }
  return { status: statusOf(message), complete: message.complete, content: message.content, infos, end }
}
