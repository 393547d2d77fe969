import { array, assert, constantFrom, integer, oneof, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { addressBlock, extension, headerOf } from '../../test/harness/proxy-header.ts'
import { ProxyHeaderReader } from './proxy-protocol.ts'

const FOUR = { address: '203.0.113.9', port: 4711, localAddress: '192.0.2.1', localPort: 443 }
const SIX = { address: '2001:db8::9', port: 65_535, localAddress: '2001:db8:1::', localPort: 0 }
const REQUEST = 'GET / HTTP/1.1\r\n\r\n'

interface Read {
  readonly verdict: string
  readonly peer: ProxyHeaderReader['peer']
  /** What is left for those who come after the header. */
  readonly rest: string
}

/** Gives the octets to a reader, cut at these places. */
function read(octets: Buffer, cuts: readonly number[] = []): Read {
  const reader = new ProxyHeaderReader()
  let start = 0
  for (const end of [...cuts, octets.length]) {
    const taken = reader.read(octets, start, end)
    if (reader.verdict !== 'more') {
      const rest = Buffer.concat([reader.returned, octets.subarray(taken)])
      return { verdict: reader.verdict, peer: reader.peer, rest: rest.toString('latin1') }
    }
    expect(taken).toBe(end)
    start = end
  }
  return { verdict: 'more', peer: reader.peer, rest: '' }
}

const line = (text: string): Buffer => Buffer.from(text, 'latin1')
const four = addressBlock(FOUR)
const six = addressBlock(SIX)

const headers = [
  { why: 'version 1 over IPv4', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n'), peer: FOUR },
  { why: 'version 1 over IPv6', octets: line('PROXY TCP6 2001:db8::9 2001:db8:1:: 65535 0\r\n'), peer: SIX },
  {
    why: 'the spelling of an IPv6 address does not matter in version 1',
    octets: line('PROXY TCP6 2001:0DB8:0:0::0009 2001:DB8:1:0:0:0:0:0 65535 0\r\n'),
    peer: SIX,
  },
  {
    why: 'an IPv4 address inside IPv6 looks as on a socket',
    octets: line('PROXY TCP6 ::FFFF:203.0.113.9 ::ffff:c000:0201 4711 443\r\n'),
    peer: { ...FOUR, address: '::ffff:203.0.113.9', localAddress: '::ffff:192.0.2.1' },
  },
  {
    why: 'the longest line of version 1',
    octets: line(`PROXY UNKNOWN ${'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff '.repeat(2)}65535 65535\r\n`),
    peer: undefined,
  },
  { why: 'UNKNOWN announces nothing', octets: line('PROXY UNKNOWN\r\n'), peer: undefined },
  { why: 'what follows UNKNOWN is ignored', octets: line('PROXY UNKNOWN \0 \r \xff\r\n'), peer: undefined },
  { why: 'version 2 over IPv4', octets: headerOf({ transport: 0x11, addresses: four }), peer: FOUR },
  { why: 'version 2 over IPv6', octets: headerOf({ transport: 0x21, addresses: six }), peer: SIX },
  { why: 'version 2 for UDP over IPv4', octets: headerOf({ transport: 0x12, addresses: four }), peer: FOUR },
  { why: 'version 2 for UDP over IPv6', octets: headerOf({ transport: 0x22, addresses: six }), peer: SIX },
  {
    why: 'extensions of version 2 are skipped',
    octets: headerOf({
      transport: 0x11,
      addresses: four,
      extensions: Buffer.concat([extension(0x04, Buffer.alloc(0)), extension(0x01, Buffer.from('h2')), extension(0xee, Buffer.alloc(300))]),
    }),
    peer: FOUR,
  },
  {
    why: 'the longest header of version 2',
    octets: headerOf({ transport: 0x11, addresses: four, extensions: extension(0x04, Buffer.alloc(65_535 - 12 - 3)) }),
    peer: FOUR,
  },
  { why: 'LOCAL announces nothing', octets: headerOf({ command: 0x20, transport: 0x00 }), peer: undefined },
  { why: 'the addresses of LOCAL are ignored', octets: headerOf({ command: 0x20, transport: 0x11, addresses: four }), peer: undefined },
  { why: 'the family of LOCAL is ignored', octets: headerOf({ command: 0x20, transport: 0xff, addresses: six }), peer: undefined },
  { why: 'an unspecified family announces nothing', octets: headerOf({ transport: 0x00 }), peer: undefined },
  { why: 'what follows an unspecified family is ignored', octets: headerOf({ transport: 0x00, addresses: four }), peer: undefined },
  {
    why: 'a path of a Unix socket announces nothing',
    octets: headerOf({ transport: 0x31, addresses: Buffer.alloc(216, 'x') }),
    peer: undefined,
  },
]

for (const { why, octets, peer } of headers) {
  test(`a header is read and what follows is left: ${why}`, () => {
    expect(read(Buffer.concat([octets, line(REQUEST)]))).toEqual({ verdict: 'header', peer, rest: REQUEST })
  })

  test(`a header is read wherever it is cut: ${why}`, () => {
    const all = Buffer.concat([octets, line(REQUEST)])
    const whole = { verdict: 'header', peer, rest: REQUEST }
    // A very long header only consists of more of the same.
    for (let cut = 0; cut <= Math.min(octets.length, 400); cut++) expect(read(all, [cut])).toEqual(whole)
    expect(read(all, [...octets.keys()])).toEqual(whole)
    for (let end = 0; end < Math.min(octets.length, 400); end++) expect(read(octets.subarray(0, end)).verdict).toBe('more')
  })
}

const others = [
  { why: 'a request', text: REQUEST },
  { why: 'a method that begins alike', text: 'PROXYING / HTTP/1.1\r\n\r\n' },
  { why: 'another method with P', text: 'POST / HTTP/1.1\r\n\r\n' },
  { why: 'another case', text: 'proxy TCP4 203.0.113.9 192.0.2.1 4711 443\r\n' },
  { why: 'a tab instead of the space', text: 'PROXY\tTCP4 203.0.113.9 192.0.2.1 4711 443\r\n' },
  { why: 'an empty line before a request', text: `\r\n${REQUEST}` },
  { why: 'two empty lines before a request', text: `\r\n\r\n${REQUEST}` },
  { why: 'a signature of version 2 with another end', text: '\r\n\r\n\0\r\nQUIT\r' },
  { why: 'a handshake of TLS', text: '\x16\x03\x01\x02\x00\x01' },
]

for (const { why, text } of others) {
  test(`what is no header is left as a whole, wherever it is cut: ${why}`, () => {
    const octets = line(text)
    for (let cut = 0; cut <= octets.length; cut++) expect(read(octets, [cut])).toEqual({ verdict: 'none', peer: undefined, rest: text })
    expect(read(octets, [...octets.keys()])).toMatchObject({ verdict: 'none', rest: text })
  })
}

const malformed = [
  { why: 'an unknown word', octets: line('PROXY TCP5 203.0.113.9 192.0.2.1 4711 443\r\n') },
  { why: 'no word', octets: line('PROXY \r\n') },
  { why: 'a word that begins with UNKNOWN', octets: line('PROXY UNKNOWNS\r\n') },
  { why: 'a request with such a method', octets: line('PROXY / HTTP/1.1\r\n') },
  { why: 'no carriage return', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\n') },
  { why: 'no carriage return after UNKNOWN', octets: line('PROXY UNKNOWN \n') },
  { why: 'two spaces', octets: line('PROXY TCP4  203.0.113.9 192.0.2.1 4711 443\r\n') },
  { why: 'a space at the end', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443 \r\n') },
  { why: 'a field too many', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443 1\r\n') },
  { why: 'a field too few', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 4711\r\n') },
  { why: 'IPv6 as IPv4', octets: line('PROXY TCP4 2001:db8::9 2001:db8:1:: 4711 443\r\n') },
  { why: 'IPv4 as IPv6', octets: line('PROXY TCP6 203.0.113.9 192.0.2.1 4711 443\r\n') },
  { why: 'an octet above 255', octets: line('PROXY TCP4 203.0.113.256 192.0.2.1 4711 443\r\n') },
  { why: 'an octal octet', octets: line('PROXY TCP4 203.0.113.09 192.0.2.1 4711 443\r\n') },
  { why: 'a name for an address', octets: line('PROXY TCP4 localhost 192.0.2.1 4711 443\r\n') },
  { why: 'a zone', octets: line('PROXY TCP6 fe80::1%eth0 fe80::2 4711 443\r\n') },
  { why: 'a port above 65535', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 65536 443\r\n') },
  { why: 'a port with a zero in front', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 04711 443\r\n') },
  { why: 'a signed port', octets: line('PROXY TCP4 203.0.113.9 192.0.2.1 +471 443\r\n') },
  { why: 'a line that is too long', octets: line(`PROXY UNKNOWN ${'x'.repeat(93)}`) },
  { why: 'version 1 in version 2', octets: headerOf({ command: 0x11, transport: 0x11, addresses: four }) },
  { why: 'an unknown command', octets: headerOf({ command: 0x22, transport: 0x11, addresses: four }) },
  { why: 'an unknown family', octets: headerOf({ transport: 0x41, addresses: four }) },
  { why: 'an unknown transport', octets: headerOf({ transport: 0x13, addresses: four }) },
  { why: 'a family without a transport', octets: headerOf({ transport: 0x10, addresses: four }) },
  { why: 'less than the addresses of IPv4', octets: headerOf({ transport: 0x11, addresses: four.subarray(1) }) },
  { why: 'less than the addresses of IPv6', octets: headerOf({ transport: 0x21, addresses: four }) },
  { why: 'less than the addresses of Unix sockets', octets: headerOf({ transport: 0x31, addresses: Buffer.alloc(215) }) },
  { why: 'an octet behind the addresses', octets: headerOf({ transport: 0x11, addresses: four, extensions: Buffer.alloc(1) }) },
  { why: 'half an extension', octets: headerOf({ transport: 0x21, addresses: six, extensions: extension(1, Buffer.alloc(9), 10) }) },
  {
    why: 'a second extension that is too long',
    octets: headerOf({
      transport: 0x11,
      addresses: four,
      extensions: Buffer.concat([extension(1, Buffer.alloc(2)), extension(2, Buffer.alloc(1), 65_535)]),
    }),
  },
]

for (const { why, octets } of malformed) {
  test(`a malformed header is not valid, wherever it is cut: ${why}`, () => {
    for (let cut = 0; cut < octets.length; cut++) expect(read(octets, [cut]).verdict).toBe('invalid')
    expect(read(octets, [...octets.keys()]).verdict).toBe('invalid')
  })
}

test('any octets in any chunks come to the same verdict as in one chunk, and none are lost', () => {
  const begin = constantFrom('', 'PROXY ', 'PROXY TCP4 1.2.3.4 5.6.7.8 ', '\r\n\r\n\0\r\nQUIT\n', '\r\n\r\n\0\r\nQUIT\n!\x11\0\x14').map(
    line,
  )
  const tail = oneof(
    uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
    constantFrom('1 2\r\n', REQUEST).map(line),
  )
  assert(
    property(begin, tail, array(integer({ min: 0, max: 200 }), { maxLength: 8 }), (first, second, places) => {
      const octets = Buffer.concat([first, second])
      const cuts = places.filter((place) => place <= octets.length).sort((one, other) => one - other)
      const whole = read(octets)
      expect(read(octets, cuts)).toEqual(whole)
      if (whole.verdict === 'none') expect(whole.rest).toBe(octets.toString('latin1'))
    }),
  )
})
