import { expect, test } from 'vitest'
import { startExample } from '../../test/harness/example.ts'
import { request } from '../../test/harness/http-client.ts'
import { startOrigin } from '../../test/harness/origin.ts'

test('a request passes with a token that the service knows, and the server learns whose it is', async () => {
  await using tokens = await startOrigin('tokens', ({ incoming }, response) => {
    response.statusCode = incoming.headers.authorization === 'Bearer good' ? 200 : 401
    response.end('ann\n')
  })
  await using origin = await startOrigin('app')
  await using gateway = await startExample(import.meta.dirname, {
    'http://127.0.0.1:3000': origin.url,
    'http://127.0.0.1:4000': tokens.url,
  })
  const statusWith = async (headers: Record<string, string>): Promise<number> => (await request(gateway.port, { headers })).status

  expect(await statusWith({})).toBe(401)
  expect(await statusWith({ Authorization: 'Bearer bad' })).toBe(403)
  expect(await statusWith({ Authorization: 'Bearer good' })).toBe(200)
  expect(origin.seen.map(({ incoming }) => incoming.headers['x-user'])).toEqual(['ann'])
  await tokens[Symbol.asyncDispose]()
  expect(await statusWith({ Authorization: 'Bearer good' })).toBe(500)
})
