import { expect, test } from 'vitest'
import { servingStatusIn } from './grpc-message.ts'

const framed = (...message: number[]): Buffer => Buffer.from([0, 0, 0, 0, message.length, ...message])

const readable = [
  ['SERVING', framed(8, 1), 1],
  ['NOT_SERVING', framed(8, 2), 2],
  ['nothing, which is UNKNOWN', framed(), 0],
  ['the status twice: the last one counts', framed(8, 2, 8, 1), 1],
  ['a status that takes ten octets', framed(8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0), 1],
  ['fields of every kind around it', framed(16, 0x80, 1, 25, 1, 2, 3, 4, 5, 6, 7, 8, 34, 2, 9, 9, 8, 1, 45, 1, 2, 3, 4), 1],
  ['another field with the same number of octets', framed(16, 1), 0],
] as const

for (const [what, content, status] of readable) {
  test(`reads ${what}`, () => expect(servingStatusIn(content)).toBe(status))
}

const unreadable = [
  ['no octets', Buffer.alloc(0), 'no gRPC message'],
  ['half a prefix', Buffer.from([0, 0, 0]), 'no gRPC message'],
  ['less than announced', framed(8, 1).subarray(0, 6), 'no gRPC message'],
  ['more than announced', Buffer.concat([framed(8, 1), framed(8, 1)]), 'no gRPC message'],
  ['a compressed message', Buffer.from([1, 0, 0, 0, 2, 8, 1]), 'compressed'],
  ['a tag without a value', framed(8), 'cut off'],
  ['a number that goes on', framed(8, 0x80), 'cut off'],
  ['a number without end', framed(8, ...Array(11).fill(0x80)), 'no protobuf message'],
  ['a text that is longer than the message', framed(18, 9, 1), 'cut off'],
  ['a text of an absurd length', framed(18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 'cut off'],
  ['half a fixed number', framed(13, 1, 2), 'cut off'],
  ['a kind of field that does not exist', framed(15, 1), 'no protobuf message'],
] as const

for (const [what, content, reason] of unreadable) {
  test(`refuses ${what}`, () => expect(() => servingStatusIn(content)).toThrow(reason))
}
