import { expect, test } from 'vitest'
import { type Behind, startBehind, TRUSTING } from '../../test/harness/behind.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Origin, type Seen, startOrigin } from '../../test/harness/origin.ts'
import { check } from '../schema/index.ts'
import { errors } from './errors.ts'

interface Setup extends AsyncDisposable {
  readonly behind: Behind
  readonly pages: Origin
}

type Answer = NonNullable<Parameters<typeof startOrigin>[1]>

const STATUS: Answer = ({ url }, response) => {
  response.writeHead(Number(/\d{3}/.exec(url)?.[0] ?? 200), { 'X-Own': 'app', 'Content-Type': 'text/plain' }).end('app')
}

const PAGE: Answer = ({ url }, response) => {
  response.writeHead(201, { 'X-Own': 'page', 'Content-Type': 'text/html' }).end(`page ${url}`)
}

async function start(
  options: object,
  more: { answer?: Answer; page?: Answer; middlewares?: Record<string, object>; order?: string[]; router?: object } = {},
): Promise<Setup> {
  const { answer = STATUS, page = PAGE, middlewares = {}, ...rest } = more
  const pages = await startOrigin('pages', page)
  const behind = await startBehind({
    middlewares: { errors: { errors: { service: 'pages', ...options } }, ...middlewares },
    services: {
      pages: { loadBalancer: { servers: [{ url: pages.url }] } },
      refused: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }] } },
      none: { loadBalancer: {} },
    },
    entryPoint: TRUSTING,
    answer,
    ...rest,
  })
  return {
    behind,
    pages,
    async [Symbol.asyncDispose]() {
      await behind[Symbol.asyncDispose]()
      await pages[Symbol.asyncDispose]()
    },
  }
}

const statuses: { why: string; options: object; path: string; status: number; page: string | undefined }[] = [
  { why: 'a status of the list', options: { status: ['404'] }, path: '/404', status: 404, page: '/' },
  { why: 'a status of a range', options: { status: ['500-502', '504-599'] }, path: '/599', status: 599, page: '/' },
  { why: 'a status between the ranges', options: { status: ['500-502', '504-599'] }, path: '/503', status: 503, page: undefined },
  { why: 'statuses in one text', options: { status: '500,502' }, path: '/502', status: 502, page: '/' },
  { why: 'no status', options: {}, path: '/500', status: 500, page: undefined },
  { why: 'a status that is no error', options: { status: ['200'] }, path: '/x', status: 200, page: '/' },
  { why: 'the status in the path', options: { status: ['404'], query: 'e/{status}.html' }, path: '/404', status: 404, page: '/e/404.html' },
  {
    why: 'another status',
    options: { status: ['500-599'], statusRewrites: { '500-503': 404 }, query: '/{status}?was={originalStatus}' },
    path: '/502',
    status: 404,
    page: '/404?was=502',
  },
  {
    why: 'the first rewrite that fits',
    options: { status: ['500-599'], statusRewrites: { '502': 418, '500-599': 404 } },
    path: '/502',
    status: 418,
    page: '/',
  },
  {
    why: 'no rewrite that fits',
    options: { status: ['500-599'], statusRewrites: { '501': 418 } },
    path: '/502',
    status: 502,
    page: '/',
  },
  {
    why: 'the URL in the query',
    options: { status: ['404'], query: '/p?from={url}&s={status}' },
    path: "/404/a%20b?x=1&y=('*')",
    status: 404,
    page: '/p?from=http%3A%2F%2Fa.test%2F404%2Fa%2520b%3Fx%3D1%26y%3D%28%27%2A%27%29&s=404',
  },
  {
    why: 'a page without a variable',
    options: { status: ['404'], query: '/ü b?c d#e' },
    path: '/404',
    status: 404,
    page: '/%C3%BC%20b?c%20d',
  },
]

for (const { why, options, path, status, page } of statuses) {
  test(`errors: ${why}`, async () => {
    await using setup = await start(options)
    const response = await setup.behind.ask(path, { headers: { host: 'a.test' } })
    const [own, text] = page === undefined ? ['app', 'app'] : ['page', `page ${page}`]
    expect([response.status, response.headers['x-own'], response.text]).toEqual([status, own, text])
    expect(setup.pages.seen.map(({ method, url, incoming }) => [method, url, incoming.headers.host])).toEqual(
      page === undefined ? [] : [['GET', page, 'a.test']],
    )
  })
}

const SENT = {
  host: 'a.test',
  'X-A': '1',
  'X-B': '2',
  'X-Forwarded-For': '9.9.9.9',
  'If-None-Match': '"x"',
  Range: 'bytes=0-1',
  TE: 'trailers',
  Connection: 'X-B, TE',
}
const asked = ({ incoming }: Seen) =>
  Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !/^(x-forwarded-(p|h|s)|x-real|connection)/.test(name)))

test('errors: the service gets the fields of the request, as they came, but for those of its content', async () => {
  await using setup = await start({ status: ['404'] })
  await setup.behind.ask('/404', { method: 'POST', headers: SENT, body: 'content' })
  expect(setup.pages.seen.map((seen) => [seen.content, asked(seen)])).toEqual([
    ['', { host: 'a.test', 'x-a': '1', 'x-forwarded-for': '9.9.9.9' }],
  ])
})

test('errors: the service gets no other fields than those that are named', async () => {
  await using setup = await start({ status: ['404'], errorRequestHeaders: ['x-a', 'range'] })
  await setup.behind.ask('/404', { headers: SENT })
  expect(setup.pages.seen.map(asked)).toEqual([{ host: 'a.test', 'x-a': '1', range: 'bytes=0-1' }])
})

test('errors: HEAD gets the head of the page', async () => {
  await using setup = await start({ status: ['404'] })
  expect(await setup.behind.ask('/404', { method: 'HEAD' })).toMatchObject({ status: 404, headers: { 'x-own': 'page' }, text: '' })
})

const own: { why: string; more: Parameters<typeof start>[1]; status: number }[] = [
  { why: 'a server that refuses', more: { router: { service: 'refused' } }, status: 502 },
  { why: 'a service without servers', more: { router: { service: 'none' } }, status: 503 },
  { why: 'a server that breaks off', more: { answer: (_seen, response) => response.destroy() }, status: 502 },
  { why: 'a middleware behind', more: { middlewares: { list: { ipAllowList: { sourceRange: ['1.1.1.1'] } } } }, status: 403 },
]

for (const { why, more, status } of own) {
  test(`errors: ${why} gets a page too`, async () => {
    await using setup = await start({ status: ['400-599'], query: '/{status}' }, more)
    expect(await setup.behind.ask('/')).toMatchObject({ status, text: `page /${status}` })
  })
}

test('errors: what a middleware in front answers has no page', async () => {
  const middlewares = { list: { ipAllowList: { sourceRange: ['1.1.1.1'] } } }
  await using setup = await start({ status: ['400-599'] }, { middlewares, order: ['list', 'errors'] })
  expect(await setup.behind.ask('/')).toMatchObject({ status: 403, text: 'Forbidden' })
})

test('errors: where the page fails the status stays', async () => {
  await using setup = await start({ status: ['500-599'], service: 'refused' })
  expect(await setup.behind.ask('/503')).toMatchObject({ status: 503, text: 'Service Unavailable' })
})

test('errors: where the page breaks off the client sees that it is not whole', async () => {
  const page: Answer = (_seen, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.destroy())
  }
  await using setup = await start({ status: ['404'] }, { page })
  await expect(setup.behind.ask('/404')).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('errors: an answer that never ends is given up when the page is there', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const answer: Answer = (_seen, response) => {
    response.on('close', resolve)
    response.writeHead(500).write('endless')
  }
  await using setup = await start({ status: ['500'] }, { answer })
  expect(await setup.behind.ask('/')).toMatchObject({ status: 500, text: 'page /' })
  await gone
})

test('errors: an answer that is too large is given up before the page is there', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const answer: Answer = (_seen, response) => {
    response.on('close', resolve)
    response.writeHead(500, { 'Content-Length': 2 ** 30 })
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      response.once('drain', more)
    }
    more()
  }
  const page: Answer = async (_seen, response) => {
    await gone
    response.end('page')
  }
  await using setup = await start({ status: ['500'] }, { answer, page })
  expect(await setup.behind.ask('/')).toMatchObject({ status: 500, text: 'page' })
})

for (const service of ['pages', 'noop@internal']) {
  test(`errors: an answer that is thrown away leaves its connection for the next request (${service})`, async () => {
    const ports = new Set<number | undefined>()
    const answer: Answer = ({ incoming }, response) => {
      ports.add(incoming.socket.remotePort)
      response.writeHead(500, { 'Content-Length': 3 }).end('app')
    }
    await using setup = await start({ status: ['500'], service }, { answer })
    for (let count = 0; count < 3; count++) expect((await setup.behind.ask('/')).status).toBe(500)
    expect(ports.size).toBe(1)
  })
}

test('errors: an answer that stops in its middle is given up when the page is there', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const answer: Answer = (_seen, response) => {
    response.on('close', resolve)
    response.writeHead(500, { 'Content-Length': 10 }).write('half')
  }
  await using setup = await start({ status: ['500'] }, { answer })
  expect(await setup.behind.ask('/')).toMatchObject({ status: 500, text: 'page /' })
  await gone
})

test('errors: a page of a service that does not exist is a finding, and what cannot be read does not build', () => {
  expect(errors.references?.(check(errors.options, { service: 'pages' }).value)).toEqual([
    { kind: 'services', name: 'pages', place: ['service'] },
  ])
  expect(check(errors.options, { status: ['x', '200-'] }).issues.map(({ path }) => path.join('.'))).toEqual([
    'status.0',
    'status.1',
    'service',
  ])
  const build = (options: object) => {
    const { value, issues } = check(errors.options, { service: 'pages', ...options })
    expect(issues).toEqual([])
    return () => errors.build(value, middlewareContext({ service: () => () => true }))
  }
  expect(build({ query: '/%zz' })).toThrow('every % of a path must begin an escape')
  expect(build({ statusRewrites: { x: 404 } })).toThrow('statusRewrites: "x" is not a status such as 404 or a range such as 500-599')
})
