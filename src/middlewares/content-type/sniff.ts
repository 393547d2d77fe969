import { boxOfMp4, matchHtml, matchText, octets, prefix, riff, type Signature, spaced } from './signatures.ts'

/** How much of the content is looked at. */
const MOST_SNIFFED = 512

/** In the order in which they are tried: the first that fits wins (mimesniff §7.1). */
const SIGNATURES: readonly Signature[] = [
  { type: 'text/html; charset=utf-8', matches: matchHtml },
  { type: 'text/xml; charset=utf-8', matches: spaced('<?xml') },
  prefix('application/pdf', '%PDF-'),
  prefix('application/postscript', '%!PS-Adobe-'),
  octets('text/plain; charset=utf-16be', 'FEFF....'),
  octets('text/plain; charset=utf-16le', 'FFFE....'),
  octets('text/plain; charset=utf-8', 'EFBBBF..'),
  octets('image/x-icon', '00000100'),
  octets('image/x-icon', '00000200'),
  prefix('image/bmp', 'BM'),
  prefix('image/gif', 'GIF87a'),
  prefix('image/gif', 'GIF89a'),
  riff('image/webp', 'RIFF', 'WEBPVP'),
  octets('image/png', '89504E470D0A1A0A'),
  octets('image/jpeg', 'FFD8FF'),
  riff('audio/aiff', 'FORM', 'AIFF'),
  prefix('audio/mpeg', 'ID3'),
  prefix('application/ogg', 'OggS\0'),
  prefix('audio/midi', 'MThd\0\0\0\x06'),
  riff('video/avi', 'RIFF', 'AVI '),
  riff('audio/wave', 'RIFF', 'WAVE'),
  { type: 'video/mp4', matches: boxOfMp4 },
  octets('video/webm', '1A45DFA3'),
  octets('application/vnd.ms-fontobject', `${'..'.repeat(34)}4C50`),
  octets('font/ttf', '00010000'),
  prefix('font/otf', 'OTTO'),
  prefix('font/collection', 'ttcf'),
  prefix('font/woff', 'wOFF'),
  prefix('font/woff2', 'wOF2'),
  octets('application/x-gzip', '1F8B08'),
  prefix('application/zip', 'PK\x03\x04'),
  prefix('application/x-rar-compressed', 'Rar!\x1a\x07\0'),
  prefix('application/x-rar-compressed', 'Rar!\x1a\x07\x01\0'),
  octets('application/wasm', '0061736D'),
  { type: 'text/plain; charset=utf-8', matches: matchText },
]

/** The type of content by its first octets; never nothing (mimesniff, as Go's net/http has it). */
export function sniffType(content: Buffer): string {
  const start = content.subarray(0, MOST_SNIFFED)
  for (const { type, matches } of SIGNATURES) if (matches(start)) return type
  return 'application/octet-stream'
}
