import { expect, test } from 'vitest'
import { asksPostgresForTls, SSL_REQUEST } from './postgres.ts'

test('the request is told by its eight octets, and anything else by the first that differs', () => {
  for (let length = 1; length < SSL_REQUEST.length; length++) expect(asksPostgresForTls(SSL_REQUEST.subarray(0, length))).toBe('more')
  expect(asksPostgresForTls(SSL_REQUEST)).toBe(true)
  expect(asksPostgresForTls(Buffer.concat([SSL_REQUEST, Buffer.from([0x16])]))).toBe(true)
  for (const other of ['16', '00000009', '0000000804d21630', '474554']) expect(asksPostgresForTls(Buffer.from(other, 'hex'))).toBe(false)
})
