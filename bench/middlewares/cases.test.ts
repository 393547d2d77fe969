import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { dynamicConfiguration } from '../../src/config/dynamic.ts'
import { middlewareCatalogue } from '../../src/middlewares/catalogue.ts'
import { check } from '../../src/schema/index.ts'
import { casesAt, FIVE, PLAIN, routersFor } from './cases.ts'
import { guess } from './logins.ts'

test('what is measured is a configuration without findings', () => {
  expect(check(dynamicConfiguration, routersFor([PLAIN, FIVE, ...casesAt(1)])(1)).issues).toEqual([])
})

test('every kind is measured, but for one that answers each request with a challenge, and an old name', () => {
  const measured = new Set(casesAt(1).flatMap(({ middlewares }) => middlewares.flatMap((one) => Object.keys(one))))
  const left = Object.keys(middlewareCatalogue).filter((kind) => !measured.has(kind))
  expect(left).toEqual(['digestAuth', 'ipWhiteList'])
})

test('passwords are guessed on all connections, each one once', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(seen.length === 1 ? 503 : 401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const { refused, busy } = await guess(port, 1, { loadLauncher: [], signal: new AbortController().signal })
  server.close()
  expect([busy, refused > 0, new Set(seen).size]).toEqual([1, true, seen.length])
})
