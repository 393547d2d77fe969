import { CODES } from '../../src/errors.ts'
import { UNTIL_CLOSE } from '../../src/http1/framing.ts'
import { isTrailerField } from '../../src/http1/trailer-fields.ts'
import { type Message, piecesOf, type Question, type Reading, readRequests, readResponse } from '../fuzz/read.ts'
import type { Asked } from './node-client.ts'
import { nodeReadsRequests } from './node-server.ts'
import type { ComparedMessage, ComparedReading } from './reading.ts'

/** In what two readers of the same octets disagree. */
export interface Difference {
  /**
   * `accepted`: the other one refuses what we take. `boundary`: both take it and see another end. `model`: both see another
   * message. `reuse`: we would go on with a connection that the other one ends. `refused`: we refuse what the other one takes.
   */
  readonly kind: 'accepted' | 'boundary' | 'model' | 'reuse' | 'refused'
  readonly what: string
  readonly input: string
  /** Where the input is a response. */
  readonly question?: Question
  /** Which message. */
  readonly index: number
  readonly ours: Reading
  readonly theirs: ComparedReading
}

type Told = Pick<Difference, 'kind' | 'what' | 'index'>

/**
 * Compares on a stream of requests. What stands behind a request that ends the connection is no part of it: the gateway does
 * not read it (RFC 9112 §9.6, `connection.ts`).
 */
export function compareRequests(input: string): Difference | undefined {
  const octets = Buffer.from(input, 'latin1')
  const ours = readRequests([octets], { stopsAtClose: true })
  const closed = ours.last?.complete === true && !ours.last.keepAlive
  const pieces = piecesOf(closed ? octets.subarray(0, ours.taken) : octets, cutsOf(ours))
  const theirs = nodeReadsRequests(pieces)
  const told = messagesDiffer(ours, theirs) ?? endsDiffer(ours, theirs)
  return told && { ...told, input, ours, theirs }
}

/** Compares on a response; what stands behind it is no part of it, for the connection is not used again. */
export function compareResponse(input: string, question: Question, asked: Asked): Difference | undefined {
  const octets = Buffer.from(input, 'latin1')
  const ours = readResponse([octets], question)
  const ended = ours.last?.complete === true
  const theirs = asked.reads(piecesOf(ended ? octets.subarray(0, ours.taken) : octets, cutsOf(ours)))
  const told = infosDiffer(ours, theirs) ?? messagesDiffer(ours, theirs) ?? endsDiffer(ours, theirs)
  return told && { ...told, input, question, ours, theirs }
}

/** One octet ahead of the end of each message, and at it: there the other reader is asked how many it has seen the end of. */
function cutsOf({ messages }: Reading): number[] {
  return messages.filter(hasOwnEnd).flatMap(({ end }) => [end - 1, end])
}

function hasOwnEnd({ complete, framing }: Message): boolean {
  return complete && framing !== UNTIL_CLOSE
}

function infosDiffer(ours: Reading, theirs: ComparedReading): Told | undefined {
  for (const [index, info] of ours.infos.entries()) {
    const other = theirs.infos[index]
    if (other === undefined) return { kind: 'accepted', what: `informational response ${index}`, index }
    if (!sameList([info.start, ...info.headers.raw], other)) return { kind: 'model', what: `informational response ${index}`, index }
  }
  return undefined
}

function messagesDiffer(ours: Reading, theirs: ComparedReading): Told | undefined {
  for (const [index, message] of ours.messages.entries()) {
    const other = theirs.messages[index]
    if (other === undefined) return { kind: 'accepted', what: 'the head', index }
    const told = headsDiffer(message, other) ?? contentsDiffer(message, other, theirs, index)
    if (told !== undefined) return { ...told, index }
    if (message.complete && message.keepAlive && !other.keepAlive) return { kind: 'reuse', what: 'the connection', index }
  }
  return undefined
}

function headsDiffer(ours: Message, theirs: ComparedMessage): Omit<Told, 'index'> | undefined {
  if (ours.start !== inOriginForm(theirs.start)) return { kind: 'model', what: 'the start line' }
  return sameList(ours.headers.raw, theirs.fields) ? undefined : { kind: 'model', what: 'the fields' }
}

/** The content that was told before a refusal may end anywhere, so there one needs only to start as the other does. */
function contentsDiffer(ours: Message, theirs: ComparedMessage, reading: ComparedReading, index: number): Omit<Told, 'index'> | undefined {
  if (ours.complete) {
    if (!theirs.complete) return { kind: reading.refusal === undefined ? 'boundary' : 'accepted', what: 'the content' }
    if (hasOwnEnd(ours) && !endsAt(reading, index)) return { kind: 'boundary', what: 'the end of the content' }
    if (ours.content !== theirs.content) return { kind: 'model', what: 'the content' }
    return sameList(ours.trailers, withoutHeadOnly(theirs.trailers)) ? undefined : { kind: 'model', what: 'the trailers' }
  }
  const isStart = ours.content.startsWith(theirs.content) || theirs.content.startsWith(ours.content)
  return isStart ? undefined : { kind: 'model', what: 'the start of the content' }
}

function endsAt({ completeBehind }: ComparedReading, index: number): boolean {
  return completeBehind[2 * index] === index && completeBehind[2 * index + 1] === index + 1
}

/** What happens behind the last message that we have seen the end of. */
function endsDiffer(ours: Reading, theirs: ComparedReading): Told | undefined {
  const index = ours.messages.length - 1
  const complete = ours.messages.filter((message) => message.complete).length
  const more = theirs.messages.filter((message) => message.complete).length > complete || theirs.infos.length > ours.infos.length
  if (ours.refused) return more ? { kind: 'refused', what: reasonOf(ours), index: complete } : undefined
  if (more) return { kind: 'boundary', what: 'there are more messages', index: complete }
  // While a head is not complete, nothing of it is accepted.
  const open = ours.last !== undefined && !ours.last.complete
  return open && theirs.refusal !== undefined ? { kind: 'accepted', what: 'a part of the content', index } : undefined
}

/** Why we refuse; what every refusal of a response starts with says nothing. */
function reasonOf({ error }: Reading): string {
  return error?.message.replace(`${CODES.GTW_UPSTREAM_INVALID.text}: `, '') ?? ''
}

/** The form in which we tell every target. */
function inOriginForm(start: string): string {
  const [method, target, ...rest] = start.split(' ') as [string, string?, ...string[]]
  if (target === undefined || !/^https?:\/\//i.test(target)) return start
  const path = target.replace(/^https?:\/\/[^/?]*/i, '')
  const root = method === 'OPTIONS' && path === '' ? '*' : '/'
  return [method, path.startsWith('/') ? path : root + path, ...rest].join(' ')
}

function withoutHeadOnly(trailers: readonly string[]): string[] {
  return trailers.filter((_, index) => isTrailerField(trailers[index - (index % 2)] as string))
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index])
}
