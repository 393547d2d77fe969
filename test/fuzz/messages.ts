import type { Random } from './random.ts'

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const TARGET = `${TOKEN}/?:@,;=()"<>[]{}`.replace('#', '')
const VALUE = `${TOKEN} \t,;:"()<>=/@\x80\xe9\xff`
const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PURGE', 'M-SEARCH']
const STATUS_LINES = [
  '200 OK',
  '200 OK',
  '200 ',
  '200',
  '201 Created',
  '204 No Content',
  '304 Not Modified',
  '404 N\xf6',
  '500 x y',
  '599 ',
]
const INFO_LINES = ['100 Continue', '102 Processing', '103 Early Hints', '199']

/** A stream of one request or a few that every reader must understand the same way (RFC 9112). */
export function requests(random: Random): string {
  return request(random) + random.repeat(2, () => request(random))
}

/** A response with what may come before and, as it should not, behind it. */
export function response(random: Random): string {
  const infos = random.once(4) ? random.repeat(2, () => info(random)) : ''
  const version = random.once(8) ? 'HTTP/1.0' : 'HTTP/1.1'
  const head = `${version} ${random.pick(STATUS_LINES)}\r\n${fields(random)}${connection(random)}`
  const rest = random.once(6) ? random.pick(['\r\n', 'rest', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']) : ''
  const untilClose = random.once(5)
  return `${infos}${head}${untilClose ? `\r\n${data(random)}` : content(random, version)}${rest}`
}

/** Chunks, trailers and the end of them (RFC 9112 §7.1). */
export function chunkedContent(random: Random): string {
  const zeros = () => '0'.repeat(random.once(4) ? random.below(4) : 0)
  const chunk = () => {
    const octets = data(random) || 'x'
    const size = octets.length.toString(16)
    return `${zeros()}${random.once(2) ? size.toUpperCase() : size}${extensions(random)}\r\n${octets}\r\n`
  }
  const trailers = random.once(3) ? fields(random) : ''
  return `${random.repeat(3, chunk)}0${zeros()}${extensions(random)}\r\n${trailers}\r\n`
}

/** Some text of these characters. */
function text(random: Random, characters: string, least: number, most: number): string {
  let made = ''
  for (let count = least + random.below(most - least + 1); count > 0; count--) made += random.pick<string>(characters)
  return made
}

function request(random: Random): string {
  const version = random.once(8) ? 'HTTP/1.0' : 'HTTP/1.1'
  const start = random.once(12) ? '\r\n' : ''
  if (random.once(12)) return `${start}${special(random)} HTTP/1.1\r\nHost: a\r\n${fields(random)}${content(random, 'HTTP/1.1')}`
  if (random.once(12)) return `${start}GET /${text(random, TARGET, 0, 4)} HTTP/1.1\r\nHost: a\r\n${handshake(random)}\r\n`
  const line = `${start}${random.pick(METHODS)} /${text(random, TARGET, 0, 12)} ${version}\r\n`
  return `${line}${host(random, version)}${fields(random)}${connection(random)}${content(random, version)}`
}

/** The targets that are no paths, each with a method that it may have. */
function special(random: Random): string {
  return random.pick(['OPTIONS *', 'GET http://a', 'PUT HTTP://a/', 'GET http://a?b', 'POST https://a:443/b?c', 'GET http://A:80/x'])
}

function host(random: Random, version: string): string {
  if (version === 'HTTP/1.0' && random.once(2)) return ''
  return `${random.pick(['Host', 'host', 'HOST'])}:${blanks(random)}${random.pick(['a', 'a.example:80', '[::1]'])}\r\n`
}

function info(random: Random): string {
  return `HTTP/1.1 ${random.pick(INFO_LINES)}\r\n${fields(random)}\r\n`
}

function fields(random: Random): string {
  return random.repeat(4, () => `X-${text(random, TOKEN, 0, 6)}:${blanks(random)}${text(random, VALUE, 0, 10)}${blanks(random)}\r\n`)
}

function connection(random: Random): string {
  if (!random.once(4)) return ''
  return `Connection: ${random.pick(['close', 'keep-alive', 'Keep-Alive', 'x, close', 'close , x', 'upgrade', 'keep-alive, close'])}\r\n`
}

function handshake(random: Random): string {
  const upgrade = `Connection: Upgrade\r\nUpgrade: ${random.pick(['websocket', 'x/1', 'h2c'])}\r\n`
  return `${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Accept: x\r\n`
}

/** The framing fields, the empty line and what they announce. */
function content(random: Random, version: string): string {
  const kind = random.below(4)
  if (kind === 0 || (kind === 3 && version === 'HTTP/1.0')) return '\r\n'
  if (kind < 3) {
    const octets = data(random)
    return `${random.pick(['Content-Length', 'content-length'])}:${blanks(random)}${octets.length}${blanks(random)}\r\n\r\n${octets}`
  }
  return `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}:${blanks(random)}${random.pick(['chunked', 'Chunked'])}${random.once(4) ? blanks(random) : ''}\r\n\r\n${chunkedContent(random)}`
}

function data(random: Random): string {
  return random.pick([
    '',
    'x',
    'hello',
    '\r\n',
    '0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    '0123456789abcdef0',
  ])
}

function extensions(random: Random): string {
  if (!random.once(2)) return ''
  return random.repeat(2, () => `;${text(random, TOKEN, 1, 4)}${random.pick(['', '=b', '="b"', '="b\\"c"', '=""', '=a!'])}`)
}

function blanks(random: Random): string {
  return random.pick(['', ' ', ' ', ' ', '\t', '  '])
}
