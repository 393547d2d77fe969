import { expect, test } from 'vitest'
import { type Behind, fieldsOf, startBehind } from '../../../test/harness/behind.ts'

const startWith = (options: object, more: Partial<Parameters<typeof startBehind>[0]> = {}): Promise<Behind> =>
  startBehind({ middlewares: { fields: { headers: options } }, ...more })

const CORS = {
  accessControlAllowOriginList: ['https://a.test'],
  accessControlAllowMethods: ['GET', 'PUT'],
  accessControlAllowHeaders: ['X-A'],
}
const PREFLIGHT = { Origin: 'https://a.test', 'Access-Control-Request-Method': 'PUT' }
const ALLOWED = { 'access-control-allow-methods': 'GET,PUT', 'access-control-allow-headers': 'X-A' }

const preflights: { why: string; options?: object; sent: Record<string, string>; fields: object }[] = [
  { why: 'of an allowed origin', sent: PREFLIGHT, fields: { ...ALLOWED, 'access-control-allow-origin': 'https://a.test' } },
  { why: 'of another origin', sent: { ...PREFLIGHT, Origin: 'https://b.test' }, fields: ALLOWED },
  {
    why: 'with all that can be said',
    options: {
      accessControlMaxAge: 0,
      accessControlExposeHeaders: ['X-B', 'X-C'],
      accessControlAllowCredentials: true,
      addVaryHeader: true,
      customResponseHeaders: { 'X-New': 'a' },
      frameDeny: true,
    },
    sent: PREFLIGHT,
    fields: {
      ...ALLOWED,
      'access-control-allow-origin': 'https://a.test',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-B,X-C',
      'access-control-max-age': '0',
    },
  },
  {
    why: 'where everything is allowed',
    options: {
      accessControlAllowOriginList: ['*'],
      accessControlAllowMethods: ['*'],
      accessControlAllowHeaders: ['*'],
      accessControlExposeHeaders: ['*'],
    },
    sent: PREFLIGHT,
    fields: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': '*',
    },
  },
  {
    why: 'where everything is allowed with credentials, so that names are sent back',
    options: {
      accessControlAllowOriginList: ['*'],
      accessControlAllowMethods: ['*'],
      accessControlAllowHeaders: ['X-A', '*'],
      accessControlExposeHeaders: ['*'],
      accessControlAllowCredentials: true,
    },
    sent: { ...PREFLIGHT, 'Access-Control-Request-Headers': 'x-b, x-c' },
    fields: {
      'access-control-allow-origin': 'https://a.test',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-b, x-c',
      'access-control-allow-credentials': 'true',
    },
  },
  {
    why: 'that asks for no fields',
    options: { accessControlAllowHeaders: ['*'], accessControlAllowCredentials: true },
    sent: PREFLIGHT,
    fields: {
      'access-control-allow-origin': 'https://a.test',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-credentials': 'true',
    },
  },
]

for (const { why, options = {}, sent, fields } of preflights) {
  test(`CORS: a preflight ${why} is answered by the gateway`, async () => {
    await using behind = await startWith({ ...CORS, ...options })
    const response = await behind.ask('/', { method: 'OPTIONS', headers: sent })
    expect([response.status, response.text, response.headers['content-length']]).toEqual([200, '', '0'])
    expect(fieldsOf(response)).toEqual(fields)
    expect(behind.seen).toEqual([])
  })
}

test('CORS: OPTIONS that is no preflight goes to the server', async () => {
  await using behind = await startWith(CORS)
  for (const name of Object.keys(PREFLIGHT)) {
    const headers = { ...PREFLIGHT, [name]: '' }
    expect(await behind.ask('/', { method: 'OPTIONS', headers })).toMatchObject({ status: 200, text: 'app' })
  }
  expect(await behind.ask('/', { method: 'GET', headers: PREFLIGHT })).toMatchObject({ text: 'app' })
  expect(behind.seen).toHaveLength(3)
})

const ordinary: { why: string; options: object; origin?: string; fields: object }[] = [
  { why: 'an allowed origin', options: CORS, origin: 'https://a.test', fields: { 'access-control-allow-origin': 'https://a.test' } },
  { why: 'another origin', options: CORS, origin: 'https://b.test', fields: {} },
  { why: 'no origin', options: CORS, fields: {} },
  { why: 'any origin', options: { accessControlAllowOriginList: ['*'] }, fields: { 'access-control-allow-origin': '*' } },
  {
    why: 'any origin with credentials',
    options: { accessControlAllowOriginList: ['*'], accessControlAllowCredentials: true },
    origin: 'https://x',
    fields: { 'access-control-allow-origin': 'https://x', 'access-control-allow-credentials': 'true' },
  },
  {
    why: 'any origin with credentials, and none',
    options: { accessControlAllowOriginList: ['*'], accessControlAllowCredentials: true },
    fields: { 'access-control-allow-credentials': 'true' },
  },
  {
    why: 'an origin that an expression matches',
    options: { accessControlAllowOriginListRegex: ['^x$', '\\.test$'] },
    origin: 'https://b.test',
    fields: { 'access-control-allow-origin': 'https://b.test' },
  },
  {
    why: 'an origin that no expression matches',
    options: { accessControlAllowOriginListRegex: ['\\.test$'] },
    origin: 'https://b',
    fields: {},
  },
  {
    why: 'exposed fields',
    options: { accessControlExposeHeaders: ['X-A', 'X-B'] },
    fields: { 'access-control-expose-headers': 'X-A,X-B' },
  },
  { why: 'what only preflights hear', options: { accessControlMaxAge: 5, ...CORS }, fields: {} },
  { why: 'Vary', options: { addVaryHeader: true }, fields: { vary: 'Origin' } },
]

for (const { why, options, origin, fields } of ordinary) {
  test(`CORS: the response for ${why}`, async () => {
    await using behind = await startWith(options)
    expect(fieldsOf(await behind.ask('/', { headers: origin === undefined ? {} : { Origin: origin } }))).toEqual(fields)
  })
}

test('CORS: what the server says stays where the origin is not allowed, and is replaced where it is', async () => {
  const said = 'https://origin.test'
  await using behind = await startWith(CORS, { answer: (_seen, response) => response.setHeader('Access-Control-Allow-Origin', said).end() })
  const asked = async (Origin: string) => (await behind.ask('/', { headers: { Origin } })).headers['access-control-allow-origin']
  expect([await asked('https://b.test'), await asked('https://a.test')]).toEqual([said, 'https://a.test'])
})

for (const [lines, vary] of [
  [[], 'Origin'],
  [['Origin'], 'Origin'],
  [['Accept'], 'Accept,Origin'],
  [['Accept', 'Cookie'], 'Accept,Cookie,Origin'],
] as const) {
  test(`CORS: Vary with the lines "${lines}" becomes ${vary}`, async () => {
    await using behind = await startWith(
      { addVaryHeader: true },
      {
        answer: (_seen, response) => {
          if (lines.length > 0) response.setHeader('Vary', lines)
          response.end()
        },
      },
    )
    expect((await behind.ask('/')).headers.vary).toBe(vary)
  })
}
