import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createNetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { listen, targetOf } from '../../../test/harness/health-checks.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temp.ts'
import { probeHttp } from './http-probe.ts'
import type { Target } from './target.ts'

const neverAborts = new AbortController().signal

/** What a check says: 'up', or why it is down. */
async function verdictOn(target: Target, signal: AbortSignal = neverAborts): Promise<string> {
  try {
    await probeHttp(target, signal)
    return 'up'
  } catch (error) {
    return (error as Error).message
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))
}

async function origin(answer: RequestListener) {
  const requests: IncomingMessage[] = []
  const listener = await listen(
    createServer((request, response) => {
      requests.push(request)
      answer(request, response)
    }),
  )
  return { ...listener, requests, url: `http://127.0.0.1:${listener.port}`, [Symbol.asyncDispose]: listener[Symbol.asyncDispose] }
}

describe('the status decides', () => {
  const cases = [
    [200, {}, 'up'],
    [204, {}, 'up'],
    [304, {}, 'up'],
    [399, {}, 'up'],
    [400, {}, 'it answers with status 400'],
    [503, {}, 'it answers with status 503'],
    [503, { status: 503 }, 'up'],
    [200, { status: 204 }, 'it answers with status 200'],
  ] as const
  for (const [status, options, verdict] of cases) {
    test(`${status} with ${JSON.stringify(options)}: ${verdict}`, async () => {
      await using server = await origin((_, response) => response.writeHead(status).end())
      expect(await verdictOn(targetOf(server.url, options))).toBe(verdict)
    })
  }
})

describe('the options shape the request', () => {
  const cases = [
    ['', {}, 'GET /'],
    ['/base/app?a=b', {}, 'GET /base/app?a=b'],
    ['/base/app?a=b', { path: '/health?deep=1' }, 'GET /health?deep=1'],
    ['/base/app', { path: 'health' }, 'GET /base/health'],
    ['/base/app', { path: '../health' }, 'GET /health'],
    ['', { method: 'OPTIONS' }, 'OPTIONS /'],
    ['', { method: 'HEAD' }, 'HEAD /'],
    ['', { method: 'POST' }, 'POST /'],
  ] as const
  for (const [path, options, line] of cases) {
    test(`a server at ${path || '/'} with ${JSON.stringify(options)} is asked ${line}`, async () => {
      await using server = await origin((_, response) => response.end('well'))
      expect(await verdictOn(targetOf(server.url + path, options))).toBe('up')
      expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([line])
    })
  }

  test('hostname is the Host, headers are added, and a Host among them has no effect', async () => {
    await using server = await origin((_, response) => response.end())
    const headers = { 'X-Check': 'yes', host: 'other.example' }
    await verdictOn(targetOf(server.url, { hostname: 'app.example', headers }))
    await verdictOn(targetOf(server.url, { headers: { 'User-Agent': 'mine' } }))
    expect(server.requests.map(({ headers: { host, 'user-agent': agent, 'x-check': check } }) => [host, agent, check])).toEqual([
      ['app.example', 'gateway-health-check', 'yes'],
      [server.url.slice(7), 'mine', undefined],
    ])
  })

  test('a connection is for one check only', async () => {
    await using server = await origin((_, response) => response.end())
    await verdictOn(targetOf(server.url))
    expect(server.requests[0]?.headers.connection).toBe('close')
    await Promise.all(server.sockets.map(closed))
  })

  test('user information in the URL of a server is not sent', async () => {
    await using server = await origin((_, response) => response.end())
    expect(await verdictOn(targetOf(server.url.replace('//', '//user:secret@')))).toBe('up')
    expect(server.requests[0]?.headers.authorization).toBeUndefined()
  })

  test('port and scheme replace those of the server', async () => {
    await using server = await origin((_, response) => response.end())
    expect(await verdictOn(targetOf('https://127.0.0.1:1', { scheme: 'http', port: server.port }))).toBe('up')
  })
})

describe('redirects', () => {
  /** /N redirects to /N-1, and / is there. */
  const countdown: RequestListener = ({ url = '' }, response) => {
    const left = Number(url.slice(1))
    if (left === 0) response.end()
    else response.writeHead(302, { location: `/${left - 1 || ''}` }).end('elsewhere')
  }

  test('ten of them are followed and no more', async () => {
    await using server = await origin(countdown)
    expect(await verdictOn(targetOf(server.url, { path: '/10', status: 200 }))).toBe('up')
    expect(server.requests.length).toBe(11)
    expect(await verdictOn(targetOf(server.url, { path: '/11' }))).toBe('it redirects more than 10 times')
  })

  test('without followRedirects the redirect itself is judged', async () => {
    await using server = await origin(countdown)
    expect(await verdictOn(targetOf(server.url, { path: '/1', followRedirects: false, status: 302 }))).toBe('up')
    expect(server.requests.length).toBe(1)
  })

  test('a redirect without a Location is an answer like others', async () => {
    await using server = await origin((_, response) => response.writeHead(302).end())
    expect(await verdictOn(targetOf(server.url))).toBe('up')
  })

  const methods = [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [302, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'],
    [308, 'PUT', 'PUT'],
  ] as const
  for (const [status, method, then] of methods) {
    test(`${status} turns ${method} into ${then}`, async () => {
      await using server = await origin(({ url }, response) =>
        url === '/' ? response.writeHead(status, { location: 'there' }).end() : response.end(),
      )
      expect(await verdictOn(targetOf(server.url, { method }))).toBe('up')
      expect(server.requests.map((request) => request.method)).toEqual([method, then])
    })
  }

  test('another host gets neither the Host nor the credentials of this one', async () => {
    await using other = await origin((_, response) => response.end())
    await using server = await origin(({ url }, response) =>
      response.writeHead(302, { location: url === '/' ? '/again' : `http://localhost:${other.port}/` }).end(),
    )
    const options = { hostname: 'app.example', headers: { Authorization: 'Basic YTpi', 'X-Check': 'yes' } }
    expect(await verdictOn(targetOf(server.url, options))).toBe('up')
    const seen = [...server.requests, ...other.requests].map(({ headers }) => [headers.host, headers.authorization, headers['x-check']])
    expect(seen).toEqual([
      ['app.example', 'Basic YTpi', 'yes'],
      ['app.example', 'Basic YTpi', 'yes'],
      [`localhost:${other.port}`, undefined, 'yes'],
    ])
  })

  for (const location of ['ftp://a/', 'http://[/']) {
    test(`one to ${location} means down`, async () => {
      await using server = await origin((_, response) => response.writeHead(302, { location }).end())
      expect(await verdictOn(targetOf(server.url))).toMatch(/^it redirects to .*which is n/)
    })
  }
})

describe('what is no answer means down', () => {
  test('nobody listens', async () => {
    const port = await freePort()
    expect(await verdictOn(targetOf(`http://127.0.0.1:${port}`))).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`)
  })

  const answers = [
    ['nothing', ''],
    ['another protocol', 'SSH-2.0-x\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nA: b'],
    ['an upgrade that nobody asked for', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ] as const
  for (const [what, octets] of answers) {
    test(`the server closes after ${what}`, async () => {
      await using server = await listen(createNetServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(octets))))
      expect(await verdictOn(targetOf(`http://127.0.0.1:${server.port}`))).not.toBe('up')
    })
  }

  test('the signal ends a check, and its connection', async () => {
    const asked = Promise.withResolvers<void>()
    await using server = await origin(() => asked.resolve())
    const giveUp = new AbortController()
    const verdict = verdictOn(targetOf(server.url), giveUp.signal)
    await asked.promise
    giveUp.abort(new Error('too late'))
    expect(await verdict).toBe('too late')
    await Promise.all(server.sockets.map(closed))
  })

  test('a signal that has aborted opens no connection', async () => {
    await using server = await origin((_, response) => response.end())
    expect(await verdictOn(targetOf(server.url), AbortSignal.abort(new Error('too late')))).toBe('too late')
    expect(server.sockets.length).toBe(0)
  })
})

describe('the body', () => {
  test('has no say: one that is cut off leaves the server up', async () => {
    await using server = await listen(
      createNetServer((socket) =>
        socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345')),
      ),
    )
    expect(await verdictOn(targetOf(`http://127.0.0.1:${server.port}`))).toBe('up')
  })

  test('is read up to a bound and no further', async () => {
    await using server = await origin((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) {}
      }
      response.on('drain', more)
      more()
    })
    expect(await verdictOn(targetOf(server.url))).toBe('up')
    await Promise.all(server.sockets.map(closed))
  })

  test('that comes too slowly does not turn a good status into a bad one', async () => {
    await using server = await origin((_, response) => response.write('slow'))
    const giveUp = new AbortController()
    const onHead = (): void => void setImmediate(() => giveUp.abort(new Error('too late')))
    subscribe('undici:request:headers', onHead)
    expect(await verdictOn(targetOf(server.url), giveUp.signal)).toBe('up')
    unsubscribe('undici:request:headers', onHead)
    expect(giveUp.signal.aborted).toBe(true)
  })
})

describe('with TLS', () => {
  let folder: TemporaryFolder
  let pem: { cert: string; key: string }
  beforeAll(async () => {
    folder = await temporaryFolder()
    const { certFile, keyFile } = makeCertificate(folder, 'app.example')
    pem = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  const cases = [
    ['an unknown authority means down', () => ({}), /self-signed certificate/],
    ['rootCAs alone do not make a wrong name right', () => ({ rootCAs: [pem.cert] }), /does not match/],
    ['rootCAs and serverName of the transport count', () => ({ rootCAs: [pem.cert], serverName: 'app.example' }), /^up$/],
    ['insecureSkipVerify counts', () => ({ insecureSkipVerify: true }), /^up$/],
  ] as const
  for (const [title, transport, verdict] of cases) {
    test(title, async () => {
      await using server = await listen(createHttpsServer(pem, (_, response) => response.end()))
      expect(await verdictOn(targetOf(`https://127.0.0.1:${server.port}`, {}, transport()))).toMatch(verdict)
    })
  }

  test('serverName is what is asked for, whatever hostname says', async () => {
    const names: unknown[] = []
    const server = createHttpsServer(pem, (request, response) => {
      names.push((request.socket as TLSSocket).servername, request.headers.host)
      response.end()
    })
    await using listener = await listen(server)
    const transport = { insecureSkipVerify: true, serverName: 'app.example' }
    await verdictOn(targetOf(`https://127.0.0.1:${listener.port}`, { hostname: 'other.example' }, transport))
    expect(names).toEqual(['app.example', 'other.example'])
  })

  test('scheme https checks a plain server with TLS', async () => {
    await using server = await listen(createHttpsServer(pem, (_, response) => response.end()))
    expect(await verdictOn(targetOf(`http://127.0.0.1:${server.port}`, { scheme: 'https' }, { insecureSkipVerify: true }))).toBe('up')
  })

  test('a server that speaks only HTTP/2 is asked by it', async () => {
    const versions: string[] = []
    const server = createSecureServer(pem, (request, response) => {
      versions.push(request.httpVersion)
      response.writeHead(204).end()
    })
    await using listener = await listen(server)
    expect(await verdictOn(targetOf(`https://127.0.0.1:${listener.port}`, { status: 204 }, { insecureSkipVerify: true }))).toBe('up')
    expect(versions).toEqual(['2.0'])
  })
})

describe('HTTP/2 without TLS', () => {
  for (const [server, options] of [
    ['h2c', {}],
    ['http', { scheme: 'h2c' }],
  ] as const) {
    test(`is spoken to a server at ${server}:// with ${JSON.stringify(options)}, and over redirects`, async () => {
      const seen: string[] = []
      const http2 = createHttp2Server((request, response) => {
        seen.push(`${request.httpVersion} ${request.authority} ${request.url}`)
        if (request.url === '/') response.writeHead(302, { location: '/there' }).end('elsewhere')
        else response.end()
      })
      await using listener = await listen(http2)
      expect(await verdictOn(targetOf(`${server}://127.0.0.1:${listener.port}`, { hostname: 'app.example', ...options }))).toBe('up')
      expect(seen).toEqual(['2.0 app.example /', '2.0 app.example /there'])
    })
  }
})

test('a thousand checks leave no connection behind', async () => {
  await using server = await origin(({ url }, response) =>
    url === '/' ? response.writeHead(302, { location: '/x' }).end('x') : response.end(),
  )
  const open = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const target = targetOf(server.url, { followRedirects: false })
  const before = open()
  for (let turn = 0; turn < 40; turn++) {
    const verdicts = await Promise.all(Array.from({ length: 25 }, () => verdictOn(target)))
    expect(new Set(verdicts)).toEqual(new Set(['up']))
  }
  await Promise.all(server.sockets.map(closed))
  expect(server.sockets.length).toBe(1000)
  expect(open()).toBeLessThanOrEqual(before)
})
