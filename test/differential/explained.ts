import { METHODS } from 'node:http'
import { CHUNKED } from '../../src/http1/framing.ts'
import type { Question } from '../fuzz/read.ts'
import type { Difference } from './compare.ts'

/** Why a difference is right, and how to look past it. */
export interface Explanation {
  readonly name: string
  /** The row of the hardening rules, or the section of the RFC, that asks for what we do. */
  readonly rule: string
  readonly why: string
  /** An input that shows the difference; a response where a question stands with it. */
  readonly example: string
  readonly question?: Question
  readonly explains: (difference: Difference) => boolean
  /** The input without what is explained: whatever else differs in it shows when it is compared again. */
  readonly without?: (difference: Difference) => string
}

const GET: Question = { method: 'GET', upgrade: undefined }
const FRAMING_REFUSAL = /^HPE_(INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH|INVALID_TRANSFER_ENCODING)$/
const TAB_BEHIND_CHUNKED = /(?<=:[ \t]*chunked)[ \t]*\t[ \t]*(?=\r\n)/gi
const BLANK_BEFORE_COLON = /((?:^|\n)[!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]+:/g

/** The only differences in which node:http is the stricter one, or sees another message. */
export const EXPLAINED: readonly Explanation[] = [
  {
    name: 'a method that is not registered',
    rule: 'Q9, RFC 9110 section 9.1',
    why: 'llhttp knows a fixed list; a proxy that refuses other methods breaks what it does not know',
    example: 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: ({ kind, theirs, ...difference }) =>
      kind === 'accepted' && theirs.refusal === 'HPE_INVALID_METHOD' && !METHODS.includes(methodOf(difference)),
    without: (difference) => {
      const start = startOf(difference, difference.index)
      return difference.input.slice(0, start) + difference.input.slice(start).replace(methodOf(difference), () => 'PUT')
    },
  },
  {
    name: 'framing fields in trailers',
    rule: 'Q74, RFC 9110 section 6.5.1',
    why: 'they are dropped, not believed: the end of the content was decided by the head',
    example: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n',
    explains: ({ kind, theirs, ours, index }) =>
      kind === 'accepted' && FRAMING_REFUSAL.test(theirs.refusal ?? '') && ours.messages[index]?.framing === CHUNKED,
    without: (difference) => renamedBehindHead(difference, difference.index, 'content-length|transfer-encoding'),
  },
  {
    name: 'Connection: close in trailers',
    rule: 'Q74, RFC 9110 section 6.5.1',
    why: 'it is dropped, not believed: whether the connection is kept was decided by the head',
    example:
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: ({ kind, theirs, ours, index }) =>
      kind === 'accepted' && theirs.refusal === 'HPE_CLOSED_CONNECTION' && ours.messages[index - 1]?.framing === CHUNKED,
    without: (difference) => renamedBehindHead(difference, difference.index - 1, 'connection|proxy-connection'),
  },
  {
    name: 'a tab behind chunked',
    rule: 'Q58, RFC 9110 section 5.5',
    why: 'blanks around a value are no part of it; llhttp knows only spaces here, and takes chunked for another coding',
    example: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    explains: ({ input, ours, index }) => ours.messages[index]?.framing === CHUNKED && input.search(TAB_BEHIND_CHUNKED) !== -1,
    without: ({ input }) => input.replace(TAB_BEHIND_CHUNKED, (blanks) => blanks.replaceAll('\t', ' ')),
  },
  {
    name: 'what node:http does not refuse behind a request for an upgrade',
    rule: 'S28, RFC 9110 section 7.8',
    why: 'it stops without an error, for it takes those octets for the other protocol; an upgrade that is not granted changes nothing',
    example: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nFOO / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: ({ kind, theirs, ours }) =>
      (kind === 'accepted' || kind === 'boundary') &&
      theirs.refusal === undefined &&
      ours.messages.some(({ headers }) => headers.has('upgrade')),
    without: ({ input }) => renamed(input, 0, 'upgrade'),
  },
  {
    name: 'Proxy-Connection: close',
    rule: 'Q86, RFC 9112 appendix C.2.2',
    why: 'llhttp reads it as Connection; it was never a field of HTTP and is removed',
    example: 'GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n',
    explains: ({ kind, ours, index }) => kind === 'reuse' && ours.messages[index]?.headers.has('proxy-connection') === true,
    without: ({ input }) => renamed(input, 0, 'proxy-connection'),
  },
  {
    name: 'a blank before the colon of a response field',
    rule: 'S8, RFC 9112 section 5.1',
    why: 'a proxy must remove it; in a framing field it is refused',
    example: 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n',
    question: GET,
    explains: ({ kind, theirs, input, question }) =>
      question !== undefined &&
      kind === 'accepted' &&
      theirs.refusal === 'HPE_INVALID_HEADER_TOKEN' &&
      input.search(BLANK_BEFORE_COLON) !== -1,
    without: ({ input }) => input.replace(BLANK_BEFORE_COLON, '$1:'),
  },
  {
    name: 'framing fields in an informational response',
    rule: 'S25, RFC 9110 section 15.2',
    why: 'it has no content, whatever its fields say',
    example: 'HTTP/1.1 103 X\r\nContent-Length: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    question: GET,
    explains: ({ kind, theirs, ours }) => kind === 'accepted' && ours.infos.length > 0 && FRAMING_REFUSAL.test(theirs.refusal ?? ''),
    without: (difference) => renamedInInfos(difference, 'content-length|transfer-encoding'),
  },
  {
    name: 'Connection: close in an informational response',
    rule: 'S23, RFC 9112 section 9.6',
    why: 'it says nothing about the final response, which is still to come',
    example: 'HTTP/1.1 103 X\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    question: GET,
    explains: ({ kind, theirs, ours }) => kind === 'accepted' && ours.infos.length > 0 && theirs.refusal === 'HPE_CLOSED_CONNECTION',
    without: (difference) => renamedInInfos(difference, 'connection|proxy-connection'),
  },
  {
    name: 'a connection behind the response to HEAD',
    rule: 'S22, RFC 9112 section 6.3',
    why: 'llhttp asks for the end of the content before it knows that there is none',
    example: 'HTTP/1.1 200 OK\r\n\r\n',
    question: { method: 'HEAD', upgrade: undefined },
    explains: ({ kind, question, ours }) => kind === 'reuse' && question?.method === 'HEAD' && ours.last?.headers.contentLength === -1,
  },
]

/** What we refuse and node:http takes: the reason, and the rows that ask for it. */
export const STRICTER: ReadonlyMap<string, string> = new Map([
  ['HTTP/1.0 has no informational responses', 'RFC 9110 section 15.2'],
  ['Transfer-Encoding is not valid: HTTP/1.0 has none', 'Q61, S15'],
  ['Transfer-Encoding is not valid: more than one line', 'Q59, S14'],
  ['Transfer-Encoding is not valid: not exactly chunked', 'Q59, S14'],
  ['a chunk is not valid: an extension is not valid', 'Q69, S16'],
  ['a chunk is not valid: the size has too many digits', 'Q65, Q71, S16'],
  ['a chunk is not valid: the size line is too long', 'Q68, S16'],
  ['a field name is longer than allowed', 'S11'],
  ['it switches to a protocol that was not asked for', 'S26'],
  ['more fields than allowed', 'S11'],
  ['more than 32 informational responses', 'S23'],
  ['not an HTTP/1 status line', 'S4, S6'],
  ['the HTTP version is not supported: only 1.0 and 1.1 are', 'Q26'],
  ['the HTTP version is not valid: not HTTP/1.1 and a line end', 'Q27'],
  ['the Host field is not valid: not a host with an optional port', 'Q33 to Q35'],
  ['the Host field is not valid: the Host field names another host than the target', 'Q17'],
  ['the Host field is not valid: there is more than one', 'Q32'],
  ['the content is too large: Content-Length is above 2^53-1', 'Q55, S12'],
  ['the expectation is not known: only 100-continue is', 'Q80'],
  ['the method is not served: TRACE would show what the gateway adds', 'Q23'],
  ['the reason phrase holds a control octet', 'S7'],
  ['the request head is too large: a field name is longer than allowed', 'Q50'],
  ['the request head is too large: more fields than allowed', 'Q49'],
  ['the request line is not valid: CR without LF', 'Q45'],
  ['the request line is not valid: more than one empty line ahead of it', 'Q1'],
  ['the request line is not valid: not three words with one space between them', 'Q2 to Q6'],
  ['the request target is not valid: * is for OPTIONS', 'Q19'],
  ['the request target is not valid: an octet that is not allowed', 'Q11, Q13'],
  ['the request target is not valid: neither a path nor an absolute http or https address', 'Q14, Q18, Q21'],
  ['the request target is not valid: the host of the address is not valid', 'Q18'],
  ['the request target is too long: more octets than allowed', 'Q10'],
  ['the status code is not three digits from 100 to 599', 'S4'],
  ['the trailer section is too large: a field name is longer than allowed', 'Q76'],
  ['the trailer section is too large: more fields than allowed', 'Q76'],
  ['the transfer coding is not supported: only chunked is', 'Q60, S14'],
  ['the upgrade request is not valid: not a WebSocket handshake of version 13', 'Q89'],
  ['the upgrade request is not valid: the Upgrade field is no list of protocols', 'RFC 9110 section 7.8'],
])

function methodOf({ ours, index }: Pick<Difference, 'ours' | 'index'>): string {
  return ours.messages[index]?.start.split(' ', 1)[0] ?? ''
}

/** Where a message starts. */
function startOf({ ours }: Difference, index: number): number {
  return ours.messages[index - 1]?.end ?? 0
}

/** Takes the meaning of fields away and leaves every octet at its place. */
function renamed(input: string, from: number, names: string): string {
  const lines = new RegExp(`\\r\\n(${names})(?=[ \\t]*:)`, 'gi')
  return input.slice(0, from) + input.slice(from).replace(lines, (_, name: string) => `\r\nx${name.slice(1)}`)
}

function renamedBehindHead(difference: Difference, index: number, names: string): string {
  return renamed(difference.input, difference.input.indexOf('\r\n\r\n', startOf(difference, index)) + 2, names)
}

function renamedInInfos({ input, ours }: Difference, names: string): string {
  let end = 0
  for (const _ of ours.infos) end = input.indexOf('\r\n\r\n', end) + 4
  return renamed(input.slice(0, end), 0, names) + input.slice(end)
}
