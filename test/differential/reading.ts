/** One message, in the form that every reader under comparison can be brought to. */
export interface ComparedMessage {
  /** Request line, or status code. */
  readonly start: string
  /** Names and values in turn, without the framing fields: what they say shows in where the message ends. */
  readonly fields: readonly string[]
  readonly content: string
  readonly trailers: readonly string[]
  readonly complete: boolean
  readonly keepAlive: boolean
}

/** What one reader made of an input. */
export interface ComparedReading {
  readonly messages: readonly ComparedMessage[]
  /** Informational responses: status code and fields. */
  readonly infos: readonly (readonly string[])[]
  /** Why it reads no further, where that is not the end of the connection. */
  readonly refusal: string | undefined
  /** How many messages were complete behind each piece of the input. */
  readonly completeBehind: readonly number[]
}

const FRAMING_FIELD = /^(content-length|transfer-encoding)$/i

/** A flat list of fields without those that say where the message ends. */
export function withoutFraming(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    if (!FRAMING_FIELD.test(raw[index] as string)) kept.push(raw[index] as string, raw[index + 1] as string)
  }
  return kept
}
