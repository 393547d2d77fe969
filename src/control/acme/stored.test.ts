import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeSelfSigned } from '../certificates/self-signed.ts'
import { readStored, writeStored } from './stored.ts'

const account = (type: 'pkcs1' | 'pkcs8'): object => ({
  Email: 'someone@example.com',
  Registration: { body: { status: 'valid', contact: ['mailto:someone@example.com'] }, uri: 'https://acme.test/acct/1' },
  PrivateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type, format: 'der' }).toString('base64'),
  KeyType: '4096',
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** What Traefik writes. */
function traefikFile(type: 'pkcs1' | 'pkcs8' = 'pkcs1'): object {
  const { cert, key } = makeSelfSigned('a.test', 'a.test')
  const domain = { main: 'a.test', sans: ['b.test'] }
  return {
    le: { Account: account(type), Certificates: [{ domain, certificate: base64(cert), key: base64(key), Store: 'default' }] },
    other: { Account: null, Certificates: null },
  }
}

test('a file of Traefik is read, and written as it was', () => {
  const tree = traefikFile() as { le: { Account: { KeyType?: string } } }
  const stored = readStored(JSON.stringify(tree), 'acme.json')
  expect(stored.get('le')).toMatchObject({
    account: { email: 'someone@example.com', uri: 'https://acme.test/acct/1' },
    certificates: [{ names: ['a.test', 'b.test'], certificate: expect.stringContaining('BEGIN CERTIFICATE') }],
  })
  expect(stored.get('other')).toEqual({ certificates: [] })
  delete tree.le.Account.KeyType
  expect(JSON.parse(writeStored(stored))).toEqual({ ...tree, other: { Account: null, Certificates: [] } })
})

test('an account key in another form is read, too', () => {
  expect(readStored(JSON.stringify(traefikFile('pkcs8')), 'acme.json').get('le')?.account).toBeDefined()
})

test('an empty file is a fresh one', () => {
  expect(readStored('', 'acme.json').size).toBe(0)
})

const broken: readonly (readonly [why: string, text: string, message: string])[] = [
  ['half a file', '{"le": {"Acc', 'acme.json is not JSON'],
  ['a list', '[]', 'acme.json holds no resolvers'],
]
for (const [why, text, message] of broken) {
  test(`${why} is an error, not a fresh file`, () => expect(() => readStored(text, 'acme.json')).toThrow(message))
}

test('parts that make no sense are left out', () => {
  const stored = readStored(JSON.stringify({ le: { Account: { PrivateKey: 'x' }, Certificates: [1, { domain: {} }] }, no: 1 }), 'acme.json')
  expect(Object.fromEntries(stored)).toEqual({ le: { certificates: [] }, no: { certificates: [] } })
})
