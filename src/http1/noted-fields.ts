import { equalsLower } from '../http/headers.ts'

const NONE = 0
const CONNECTION = 1
const CONTENT_LENGTH = 2
const EXPECT = 3
const HOST = 4
const TE = 5
const TRANSFER_ENCODING = 6
const UPGRADE = 7
const WEBSOCKET_ACCEPT = 8
const WEBSOCKET_KEY = 9
const WEBSOCKET_VERSION = 10

/** The fields of one message: all but the framing ones in a flat list, and apart from it those that the codec acts on. */
export class NotedFields {
  raw: string[] = []
  /** Lines of one name are joined, as lists are (RFC 9110 §5.3). Where only one line is allowed there is a count of lines. */
  connection: string | undefined
  contentLength: string | undefined
  contentLengthLines = 0
  expect: string | undefined
  host: string | undefined
  hostLines = 0
  te: string | undefined
  transferEncoding: string | undefined
  transferEncodingLines = 0
  upgrade: string | undefined
  websocketAccept: string | undefined
  websocketKey: string | undefined
  websocketVersion: string | undefined

  /** Forgets the last message. */
  begin(): void {
    this.raw = []
    this.connection = undefined
    this.contentLength = undefined
    this.contentLengthLines = 0
    this.expect = undefined
    this.host = undefined
    this.hostLines = 0
    this.te = undefined
    this.transferEncoding = undefined
    this.transferEncodingLines = 0
    this.upgrade = undefined
    this.websocketAccept = undefined
    this.websocketKey = undefined
    this.websocketVersion = undefined
  }

  /** Returns whether the field is a framing field, which stays out of the list. */
  note(name: string, value: string): boolean {
    switch (fieldOf(name)) {
      case NONE:
        return false
      case CONTENT_LENGTH:
        this.contentLength = value
        this.contentLengthLines++
        return true
      case TRANSFER_ENCODING:
        this.transferEncoding = value
        this.transferEncodingLines++
        return true
      case HOST:
        this.host = value
        this.hostLines++
        return false
      case CONNECTION:
        this.connection = joined(this.connection, value)
        return false
      default:
        this.#noteRare(name, value)
        return false
    }
  }

  #noteRare(name: string, value: string): void {
    switch (fieldOf(name)) {
      case EXPECT:
        this.expect = joined(this.expect, value)
        break
      case TE:
        this.te = joined(this.te, value)
        break
      case UPGRADE:
        this.upgrade = joined(this.upgrade, value)
        break
      case WEBSOCKET_ACCEPT:
        this.websocketAccept = joined(this.websocketAccept, value)
        break
      case WEBSOCKET_KEY:
        this.websocketKey = joined(this.websocketKey, value)
        break
      default:
        this.websocketVersion = joined(this.websocketVersion, value)
    }
  }
}

/** Whether the writer itself says what a field of this name says: it repeats none of them from a list. */
export function isConnectionField(name: string): boolean {
  const field = fieldOf(name)
  return field === CONTENT_LENGTH || field === TRANSFER_ENCODING || field === CONNECTION || field === UPGRADE
}

export function isHost(name: string): boolean {
  return name.length === 4 && is(name, 0x68, 'host')
}

export function isUpgrade(name: string): boolean {
  return name.length === 7 && is(name, 0x75, 'upgrade')
}

export function isDate(name: string): boolean {
  return name.length === 4 && is(name, 0x64, 'date')
}

/** Length and first letter rule almost every other name out. */
function fieldOf(name: string): number {
  switch (name.length) {
    case 2:
      return is(name, 0x74, 'te') ? TE : NONE
    case 4:
      return isHost(name) ? HOST : NONE
    case 6:
      return is(name, 0x65, 'expect') ? EXPECT : NONE
    case 7:
      return isUpgrade(name) ? UPGRADE : NONE
    case 10:
      return is(name, 0x63, 'connection') ? CONNECTION : NONE
    case 14:
      return is(name, 0x63, 'content-length') ? CONTENT_LENGTH : NONE
    case 17:
      return is(name, 0x74, 'transfer-encoding') ? TRANSFER_ENCODING : websocketFieldOf(name)
    default:
      return websocketFieldOf(name)
  }
}

function websocketFieldOf(name: string): number {
  if (is(name, 0x73, 'sec-websocket-key')) return WEBSOCKET_KEY
  if (is(name, 0x73, 'sec-websocket-accept')) return WEBSOCKET_ACCEPT
  return is(name, 0x73, 'sec-websocket-version') ? WEBSOCKET_VERSION : NONE
}

function is(name: string, lowerFirst: number, lowerName: string): boolean {
  return (name.charCodeAt(0) | 0x20) === lowerFirst && equalsLower(name, lowerName)
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}
