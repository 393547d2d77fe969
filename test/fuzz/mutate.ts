import type { Random } from './random.ts'

/** Longer inputs only say again what shorter ones have said. */
const LONGEST = 4_096

/** What most differences between readers were made of. */
const MOST_HOSTILE = '\r\n\0: \t'

/** What a sloppy reader takes for something else. */
const HOSTILE = '\r\n\0: \t\r\n;,=\x0b\x0c\x7f\x80\xa0\xff"\\/0159aAfFxX-+_.%#?*@[](){}<>`!&|'

/** Lines that decide where a message ends, and pieces of them. */
export const FRAMING: readonly string[] = [
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 05\r\n',
  'Content-Length: +5\r\n',
  'Content-Length: 5, 5\r\n',
  'Content-Length:\r\n',
  'Content-Length : 5\r\n',
  'Content-Length: 9007199254740993\r\n',
  'Content-Length: 18446744073709551617\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: chunked, identity\r\n',
  'Transfer-Encoding: xchunked\r\n',
  'Transfer-Encoding:\x0bchunked\r\n',
  'Transfer-Encoding:\r\n chunked\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: upgrade\r\nUpgrade: websocket\r\n',
  'Connection: content-length\r\n',
  'Proxy-Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'TE: trailers\r\n',
  'Host: a\r\n',
  'Host: b\r\n',
  'A : b\r\n',
  ' folded\r\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\r\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  '5;a=b\r\nhello\r\n',
  '5 ;a\r\nhello\r\n',
  '5; a\r\nhello\r\n',
  '5;a =b\r\nhello\r\n',
  '5;a= b\r\nhello\r\n',
  '5;a=b ;c="d" \r\nhello\r\n',
  '0\r\nContent-Length: 5\r\n\r\n',
  '0\r\nTransfer-Encoding: chunked\r\n\r\n',
  '100000005\r\nhello\r\n',
  '10000000000000005\r\nhello\r\n',
  'fffffffffffffffff\r\n',
  '0x5\r\nhello\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.0\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n',
  'HTTP/1.1 204 No Content\r\n',
  ' HTTP/1.2',
  ' HTTP/1.0',
  ' HTTP/2.0',
]

type Mutation = (input: string, random: Random, words: readonly string[]) => string

const MUTATIONS: readonly Mutation[] = [
  removeOctets,
  replaceOctet,
  replaceOctet,
  insertOctets,
  insertOctets,
  insertAtDelimiter,
  insertAtDelimiter,
  insertWord,
  insertWordAtLine,
  insertWordAtLine,
  removeLine,
  repeatLine,
  swapLines,
  shiftNumber,
  shiftNumber,
  repeatPiece,
  moveLineEnd,
  changeCase,
  cutShort,
]

/** Changes an input in one place or a few. */
export function mutate(input: string, random: Random, words: readonly string[] = FRAMING): string {
  let changed = input
  for (let count = 1 + random.below(4); count > 0; count--) changed = random.pick(MUTATIONS)(changed, random, words)
  return changed.length > LONGEST ? changed.slice(0, LONGEST) : changed
}

/** The start of one input with the end of another. */
export function splice(one: string, other: string, random: Random): string {
  if (random.once(2)) return (one + other).slice(0, LONGEST)
  return (one.slice(0, random.below(one.length + 1)) + other.slice(random.below(other.length + 1))).slice(0, LONGEST)
}

function hostileOctet(random: Random): string {
  if (random.once(2)) return random.pick<string>(MOST_HOSTILE)
  return random.once(6) ? String.fromCharCode(random.below(256)) : random.pick<string>(HOSTILE)
}

function replaced(input: string, start: number, end: number, by: string): string {
  return input.slice(0, start) + by + input.slice(end)
}

function removeOctets(input: string, random: Random): string {
  const at = random.below(input.length + 1)
  return replaced(input, at, at + 1 + (random.once(4) ? random.below(16) : 0), '')
}

function replaceOctet(input: string, random: Random): string {
  const at = random.below(input.length + 1)
  return replaced(input, at, at + 1, hostileOctet(random))
}

function insertOctets(input: string, random: Random): string {
  const at = random.below(input.length + 1)
  return replaced(input, at, at, hostileOctet(random) + random.repeat(1, () => hostileOctet(random)))
}

/** Where one part ends and the next begins, readers differ most. */
function insertAtDelimiter(input: string, random: Random): string {
  const from = random.below(input.length + 1)
  const found = input.slice(from).search(/[;:=," \r\n]/)
  if (found === -1) return input
  const at = from + found + random.below(2)
  return replaced(input, at, at, hostileOctet(random))
}

function insertWord(input: string, random: Random, words: readonly string[]): string {
  const at = random.below(input.length + 1)
  return replaced(input, at, at, random.pick(words))
}

/** The offsets of a line, its end included. */
function line(input: string, random: Random): [start: number, end: number] {
  const somewhere = random.below(input.length + 1)
  const start = input.lastIndexOf('\n', somewhere - 1) + 1
  const end = input.indexOf('\n', somewhere)
  return [start, end === -1 ? input.length : end + 1]
}

function insertWordAtLine(input: string, random: Random, words: readonly string[]): string {
  const [start] = line(input, random)
  return replaced(input, start, start, random.pick(words))
}

function removeLine(input: string, random: Random): string {
  const [start, end] = line(input, random)
  return replaced(input, start, end, '')
}

function repeatLine(input: string, random: Random): string {
  const [start, end] = line(input, random)
  return replaced(input, end, end, input.slice(start, end))
}

function swapLines(input: string, random: Random): string {
  const [start, end] = line(input, random)
  const [otherStart] = line(input, random)
  const moved = input.slice(start, end)
  const without = replaced(input, start, end, '')
  return replaced(without, otherStart, otherStart, moved)
}

/** Makes a length or a size too small or too large, so that what follows is read as something else. */
function shiftNumber(input: string, random: Random): string {
  const from = random.below(input.length + 1)
  for (let at = from; at < input.length; at++) {
    const code = input.charCodeAt(at)
    if (code < 0x30 || code > 0x39) continue
    return replaced(
      input,
      at,
      at + 1,
      random.once(3) ? `${code - 0x30}${random.below(10)}` : String((code - 0x30 + 1 + random.below(9)) % 10),
    )
  }
  return input
}

function repeatPiece(input: string, random: Random): string {
  const start = random.below(input.length + 1)
  const piece = input.slice(start, start + 1 + random.below(random.once(2) ? 4 : 40))
  return replaced(input, start, start, piece.repeat(1 + random.below(random.once(16) ? 64 : 3)))
}

function moveLineEnd(input: string, random: Random): string {
  const [, end] = line(input, random)
  if (end < 2) return input
  const without = replaced(input, end - 2, end, '')
  const at = Math.max(0, end - 2 + random.below(9) - 4)
  return replaced(without, at, at, random.pick(['\r\n', '\n', '\r', '\r\n\r\n']))
}

function changeCase(input: string, random: Random): string {
  const at = random.below(input.length + 1)
  const letter = input.charAt(at)
  return replaced(input, at, at + 1, letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())
}

function cutShort(input: string, random: Random): string {
  return random.once(2) ? input.slice(0, random.below(input.length + 1)) : input.slice(random.below(8))
}
