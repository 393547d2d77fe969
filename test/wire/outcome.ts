import type { ErrorCode } from '../../src/errors.ts'
import type { WireCase } from './read-cases.ts'

type Fields = (readonly [name: string, value: string])[]

/** One message of a case. */
export interface ExpectedMessage {
  /** The words behind `request` or `response`. */
  readonly words: readonly string[]
  readonly fields: Fields
  readonly content: string
  readonly trailers: Fields
  readonly ended: boolean
}

/** What the events of a case come to. */
export interface Outcome {
  /** Status codes of the informational responses ahead of the message. */
  readonly infos: readonly number[]
  readonly messages: readonly ExpectedMessage[]
  readonly error: ErrorCode | undefined
  readonly rest: string
}

type Draft = { -readonly [Key in keyof ExpectedMessage]: ExpectedMessage[Key] }

/** Joins the events of a case to messages. */
export function outcomeOf({ events }: WireCase): Outcome {
  const words = events.map((event) => {
    const space = event.indexOf(' ')
    return space === -1 ? ([event, ''] as const) : ([event.slice(0, space), event.slice(space + 1)] as const)
  })
  const textsOf = (wanted: string): string[] => words.filter(([word]) => word === wanted).map(([, text]) => text)
  return {
    infos: textsOf('info').map(Number),
    messages: messagesOf(words),
    error: textsOf('error')[0]?.split(' ')[0] as ErrorCode | undefined,
    rest: textsOf('rest')[0] ?? '',
  }
}

function messagesOf(words: readonly (readonly [word: string, text: string])[]): ExpectedMessage[] {
  // The fields of informational responses stand ahead of every message.
  let current = draft('')
  const messages = [current]
  for (const [word, text] of words) {
    if (word === 'request' || word === 'response') {
      current = draft(text)
      messages.push(current)
    } else if (word === 'field') current.fields.push(toField(text))
    else if (word === 'trailer') current.trailers.push(toField(text))
    else if (word === 'data') current.content += text
    else if (word === 'end') current.ended = true
  }
  return messages.slice(1)
}

function draft(text: string): Draft & { readonly fields: Fields; readonly trailers: Fields } {
  return { words: text.split(' '), fields: [], content: '', trailers: [], ended: false }
}

function toField(text: string): readonly [string, string] {
  const colon = text.indexOf(':')
  return [text.slice(0, colon), text.slice(colon + 2)]
}
