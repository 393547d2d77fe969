import { expect, test } from 'vitest'
import { startExample } from '../../test/harness/example.ts'
import { request } from '../../test/harness/http-client.ts'
import { startOrigin } from '../../test/harness/origin.ts'

test('the server gets the secret, and a client never does', async () => {
  await using origin = await startOrigin('app', ({ incoming }, response) => {
    response.setHeader('X-Gateway-Secret', String(incoming.headers['x-gateway-secret']))
    response.end('app')
  })
  await using gateway = await startExample(import.meta.dirname, { 'http://127.0.0.1:3000': origin.url })
  const { headers, text } = await request(gateway.port, { headers: { 'X-Gateway-Secret': 'guessed' } })
  expect(origin.seen[0]?.incoming.headers['x-gateway-secret']).toBe('correct-horse')
  expect(text).toBe('app')
  expect(headers).not.toHaveProperty('x-gateway-secret')
})
