import { connect } from 'node:http2'
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { framesIn } from '../../test/harness/http2-frames.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { decodeHuffman } from './huffman.ts'
import { FLAG, FRAME, PREFACE } from './protocol.ts'

const LIMITS = { maxFields: 100, maxOctets: 64 * 1024 }
const decode = (decoder: HpackDecoder, hex: string): string[] | undefined => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  return decoder.decode(bytes, 0, bytes.length)
}

/** RFC 7541, appendices C.3 to C.6: what each block says, one after the other on one connection. */
const conversations = [
  {
    why: 'requests without a code',
    blocks: [
      ['828684410f7777772e6578616d706c652e636f6d', ':method GET :scheme http :path / :authority www.example.com'],
      ['828684be58086e6f2d6361636865', ':method GET :scheme http :path / :authority www.example.com cache-control no-cache'],
      [
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        ':method GET :scheme https :path /index.html :authority www.example.com custom-key custom-value',
      ],
    ],
  },
  {
    why: 'requests with the code',
    blocks: [
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', ':method GET :scheme http :path / :authority www.example.com'],
      ['828684be5886a8eb10649cbf', ':method GET :scheme http :path / :authority www.example.com cache-control no-cache'],
      [
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
        ':method GET :scheme https :path /index.html :authority www.example.com custom-key custom-value',
      ],
    ],
  },
] as const

for (const { why, blocks } of conversations) {
  test(`${why} are read as the standard reads them`, () => {
    const decoder = new HpackDecoder(LIMITS, 4096)
    for (const [hex, said] of blocks) expect(decode(decoder, hex)?.join(' ')).toBe(said)
  })
}

const broken = [
  { why: 'an index that nobody has filled', hex: 'be' },
  { why: 'index 0', hex: '80' },
  { why: 'a text that is longer than the block', hex: '4005612003' },
  { why: 'a number without end', hex: 'ffffffffffffffff' },
  { why: 'a number that breaks off', hex: 'ff' },
  { why: 'a larger table than was allowed', hex: '3fe21f' },
  { why: 'another table behind a field', hex: '8220' },
  { why: 'a code that is padded with zeros', hex: '4001618118' },
  { why: 'a code that is padded with eight ones', hex: '40016182 1fff' },
  { why: 'the end of text as a code', hex: '40016184 ffffffff' },
  { why: 'a name and no value', hex: '400161' },
]

for (const { why, hex } of broken) {
  test(`${why} is the end of all reading`, () => {
    expect(decode(new HpackDecoder(LIMITS, 4096), hex)).toBeUndefined()
  })
}

test('every octet that a field may hold is read as nghttp2 has written it', async () => {
  const value = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet > 32 && octet !== 127))
  const written: Buffer[] = []
  const wire = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      written.push(chunk)
      done()
    },
  })
  const session = connect('http://a.test', { createConnection: () => wire })
  session.on('error', () => {})
  session.request({ 'x-a': value })
  let head: { readonly flags: number; readonly content: Buffer } | undefined
  while (head === undefined) {
    await new Promise(setImmediate)
    head = framesIn(Buffer.concat(written).subarray(PREFACE.length)).find(({ type }) => type === FRAME.headers)
  }
  const start = (head.flags & FLAG.priority) === 0 ? 0 : 5
  const fields = new HpackDecoder(LIMITS, 4096).decode(head.content, start, head.content.length)
  expect(fields?.slice(-2)).toEqual(['x-a', value])
  session.destroy()
})

test('a text without one whole octet is none', () => {
  expect(decodeHuffman(Buffer.alloc(0), 0, 0)).toBe('')
  expect(decodeHuffman(Buffer.from([0xff]), 0, 1)).toBeUndefined()
})

const fields = [
  ':status',
  '200',
  'server',
  'nginx',
  'content-type',
  'text/plain',
  'x-long',
  'v'.repeat(300),
  'set-cookie',
  'a=1',
  'x-\u00e4',
  '\u00ff',
]

test('what is written is read, and takes less room when it comes again', () => {
  const encoder = new HpackEncoder(4096)
  const decoder = new HpackDecoder(LIMITS, 4096)
  const lengths: number[] = []
  for (let round = 0; round < 4; round++) {
    const bytes = Buffer.alloc(encoder.roomFor(fields))
    const end = encoder.write(bytes, 0, fields)
    expect(decoder.decode(bytes, 0, end)).toEqual(fields.filter((_, index) => index < 10))
    lengths.push(end)
  }
  expect(lengths[2]).toBeLessThan((lengths[0] as number) / 10)
  expect(lengths[3]).toBe(lengths[2])
})

test('what fills the table is forgotten in the same order on both sides', () => {
  const encoder = new HpackEncoder(4096)
  const decoder = new HpackDecoder({ maxFields: 1_000, maxOctets: 1024 * 1024 }, 4096)
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let round = 0; round < 2_000; round++) {
    if (round === 500) {
      encoder.limitTable(1_000)
      decoder.limitTable(4_096)
    }
    const said = Array.from({ length: 12 }, () => [`x-${random(60)}`, `${'v'.repeat(random(200))}${random(3)}`]).flat()
    const bytes = Buffer.alloc(encoder.roomFor(said))
    expect(decoder.decode(bytes, 0, encoder.write(bytes, 0, said))).toEqual(said)
  }
})

const kept = [
  { why: 'an upper-case name', name: 'X-A', value: 'b', hasInvalidName: true, hasInvalidValue: false },
  { why: 'a blank in a name', name: 'x a', value: 'b', hasInvalidName: true, hasInvalidValue: false },
  { why: 'no name', name: '', value: 'b', hasInvalidName: true, hasInvalidValue: false },
  { why: 'a line end in a value', name: 'x-a', value: 'b\r\nc: d', hasInvalidName: false, hasInvalidValue: true },
  { why: 'a blank in front of a value', name: 'x-a', value: ' b', hasInvalidName: false, hasInvalidValue: true },
  { why: 'a blank behind a value', name: 'x-a', value: 'b\t', hasInvalidName: false, hasInvalidValue: true },
]

for (const { why, name, value, ...found } of kept) {
  test(`${why} is noted and left out, also when only a number refers to it`, () => {
    const encoder = new HpackEncoder(4096)
    const decoder = new HpackDecoder(LIMITS, 4096)
    for (let round = 0; round < 3; round++) {
      const bytes = Buffer.alloc(100)
      const end = encoder.write(bytes, 0, [':status', '200', name, value])
      expect(decoder.decode(bytes, 0, end)).toEqual([':status', '200'])
      expect(decoder).toMatchObject(found)
    }
  })
}

test('more than may be kept is counted and not kept, and what it said can be referred to', () => {
  const encoder = new HpackEncoder(4096)
  const decoder = new HpackDecoder({ maxFields: 3, maxOctets: 500 }, 4096)
  const read = (said: string[]): string[] | undefined => {
    const bytes = Buffer.alloc(encoder.roomFor(said))
    return decoder.decode(bytes, 0, encoder.write(bytes, 0, said))
  }
  const many = ['a', '1', 'b', '2', 'c', '3', 'd', '4']
  for (let round = 0; round < 3; round++) expect([read(many), decoder.hasTooMany]).toEqual([many.slice(0, 6), true])
  expect([read(['d', '4']), decoder.hasTooMany]).toEqual([['d', '4'], false])
  expect([read(['a', '1', 'b', 'v'.repeat(1_000)]), decoder.octets]).toEqual([['a', '1'], 34 + 1_033])
})
