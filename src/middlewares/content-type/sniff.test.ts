import { expect, test } from 'vitest'
import { sniffType } from './sniff.ts'

const cases: [type: string, ...starts: (string | Buffer)[]][] = [
  ['text/html; charset=utf-8', '<!DOCTYPE html>', ' \t\r\n\f<html >', '<p>x', '<!-- x', '<H1>', '<body a=b>'],
  ['text/xml; charset=utf-8', '<?xml version="1.0"?>', '\n<?xml '],
  ['text/plain; charset=utf-8', '', 'plain', '<htm', '<html', '<paragraph>', '{"a":1}', 'ü', '\x1b[0m', Buffer.from('efbbbf61', 'hex')],
  ['text/plain; charset=utf-16be', Buffer.from('feff0061', 'hex')],
  ['text/plain; charset=utf-16le', Buffer.from('fffe6100', 'hex')],
  ['application/pdf', '%PDF-1.7'],
  ['application/postscript', '%!PS-Adobe-3.0'],
  ['image/x-icon', Buffer.from('0000010001', 'hex'), Buffer.from('00000200', 'hex')],
  ['image/bmp', 'BM..'],
  ['image/gif', 'GIF87a', 'GIF89a..'],
  ['image/webp', 'RIFF1234WEBPVP8 '],
  ['image/png', Buffer.from('89504e470d0a1a0a00', 'hex')],
  ['image/jpeg', Buffer.from('ffd8ffe0', 'hex')],
  ['audio/aiff', 'FORM1234AIFF'],
  ['audio/mpeg', 'ID3\x03'],
  ['application/ogg', 'OggS\0\x02'],
  ['audio/midi', 'MThd\0\0\0\x06\0'],
  ['video/avi', 'RIFF1234AVI LIST'],
  ['audio/wave', 'RIFF1234WAVEfmt '],
  ['video/mp4', '\0\0\0\x14ftypmp42\0\0\0\0isom', '\0\0\0\x14ftypisom\0\0\0\0mp41'],
  ['video/webm', Buffer.from('1a45dfa3', 'hex')],
  ['application/vnd.ms-fontobject', Buffer.from(`${'00'.repeat(34)}4c50`, 'hex')],
  ['font/ttf', Buffer.from('00010000', 'hex')],
  ['font/otf', 'OTTO'],
  ['font/collection', 'ttcf'],
  ['font/woff', 'wOFF'],
  ['font/woff2', 'wOF2'],
  ['application/x-gzip', Buffer.from('1f8b0800', 'hex')],
  ['application/zip', 'PK\x03\x04'],
  ['application/x-rar-compressed', 'Rar!\x1a\x07\0', 'Rar!\x1a\x07\x01\0'],
  ['application/wasm', Buffer.from('0061736d', 'hex')],
  ['application/octet-stream', '\x01', 'text\0', '\0\0\0\x14ftypisom\0\0\0\0isom', '\0\0\0\x14ftypmp42', 'a\x1fb', `${' '.repeat(4)}\x0b`],
]

for (const [type, ...starts] of cases) {
  test(`content is told to be ${type}`, () => {
    for (const start of starts) {
      const content = typeof start === 'string' ? Buffer.from(start) : start
      expect(`${JSON.stringify(start)} ${sniffType(content)}`).toBe(`${JSON.stringify(start)} ${type}`)
    }
  })
}

test('what comes late in the content is not looked at', () => {
  expect(sniffType(Buffer.from(`${'a'.repeat(512)}\0`))).toBe('text/plain; charset=utf-8')
  expect(sniffType(Buffer.from(`${'a'.repeat(511)}\0`))).toBe('application/octet-stream')
})
