import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { runCommand } from '../harness/command-line.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { startOrigin } from '../harness/origin.ts'
import { temporaryFolder } from '../harness/temp.ts'

const header = (version: string): string => `
import { defineMiddleware } from 'gateway/middleware'
export default defineMiddleware({ response({ headers }) { headers.set('X-Version', '${version}') } })
`

interface Routes {
  readonly url: string
  /** Lines of `custom`. */
  readonly custom: string
}

/** One router with the middleware, and one without. */
const routes = ({ url, custom }: Routes): string => `
http:
  routers:
    mine: { rule: PathPrefix(\`/\`), middlewares: [mine], service: app }
    plain: { rule: PathPrefix(\`/plain\`), service: app }
  middlewares:
    mine:
      custom:
${custom.replace(/^/gm, '        ')}
  services:
    app: { loadBalancer: { servers: [{ url: "${url}" }] } }
`

/** Puts a file in place of another in one step. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content)
  await rename(`${path}.new`, path)
}

const outputOf = ({ process: { stdout, stderr } }: RunningGateway): string => stdout + stderr

const logged = (gateway: RunningGateway, text: RegExp) => gateway.process.printed(text)

const version = async (gateway: RunningGateway): Promise<unknown> => (await request(gateway.port)).headers['x-version']

for (const workers of [1, 4]) {
  test(`an edit is live under load without a failed request, and one that is wrong changes nothing (${workers} workers)`, async () => {
    await using folder = await temporaryFolder()
    await using origin = await startOrigin('app')
    const file = await folder.write('mw.ts', header('1'))
    await using gateway = await startGateway({ workers, dynamic: routes({ url: origin.url, custom: `file: ${file}` }) })
    const load = startLoad(gateway.port)
    await load.served(200)
    expect(await version(gateway)).toBe('1')

    for (const next of ['2', '3']) {
      await replace(file, header(next))
      await logged(gateway, new RegExp(`configuration ${next} is live`))
      await load.served(200)
      expect(await version(gateway)).toBe(next)
    }

    await replace(file, `const right = 1\nconst wrong = = 2\n${header('4')}`)
    await logged(gateway, /mw\.ts:2:15/)
    await load.served(200)
    expect(await version(gateway)).toBe('3')

    await replace(file, header('5'))
    await logged(gateway, /configuration 4 is live/)
    await load.served(200)
    expect(await version(gateway)).toBe('5')
    expect((await load.stop()).failures).toEqual(new Map())
  })
}

test('a worker that takes the place of another one runs the version that is live, whatever the file holds by then', async () => {
  await using folder = await temporaryFolder()
  await using origin = await startOrigin('app')
  const text = `import { defineMiddleware } from 'gateway/middleware'
export default defineMiddleware({ request({ path }) { if (path === '/end') process.exit(3) }, response({ headers }) { headers.set('X-Version', '1') } })`
  const file = await folder.write('mw.ts', text)
  await using gateway = await startGateway({ dynamic: routes({ url: origin.url, custom: `file: ${file}` }) })
  await replace(file, 'throw new Error("not now")')
  await logged(gateway, /not now/)
  await request(gateway.port, { path: '/end' }).catch(() => {})
  await logged(gateway, /a worker is back/)
  await vi.waitFor(async () => expect(await version(gateway)).toBe('1'), 5_000)
})

const CONTAINED = `
import { defineMiddleware, ForwardingHandler } from 'gateway/middleware'
class Failing extends ForwardingHandler {
  onResponseStart() { throw new TypeError('in a handler') }
}
export default defineMiddleware({
  build: () => (next) => (request, handler) => {
    if (request.path === '/throw') throw new TypeError('at once')
    if (request.path === '/reject') return Promise.reject(new TypeError('later'))
    if (request.path === '/handler') return next(request, new Failing(handler))
    if (request.path === '/hang') return true
    if (request.path === '/stray') setTimeout(() => { throw new TypeError('astray') })
    if (request.path === '/dangle') void Promise.reject(new TypeError('dangling'))
    return next(request, handler)
  },
})
`

describe('what a middleware does wrong', () => {
  test('ends its own request, and no other one', async () => {
    await using folder = await temporaryFolder()
    await using origin = await startOrigin('app')
    const file = await folder.write('mw.ts', CONTAINED)
    await using gateway = await startGateway({ dynamic: routes({ url: origin.url, custom: `file: ${file}\ntimeout: 100ms` }) })
    const load = startLoad(gateway.port)
    for (const path of ['/throw', '/reject', '/handler']) expect((await request(gateway.port, { path })).status, path).toBe(500)
    expect((await request(gateway.port, { path: '/hang' })).status).toBe(504)
    for (const path of ['/stray', '/dangle']) expect((await request(gateway.port, { path })).status, path).toBe(200)
    for (const text of ['at once', 'later', 'in a handler', 'astray', 'dangling']) await logged(gateway, new RegExp(text))
    await logged(gateway, /GTW_MIDDLEWARE_FAILED/)
    await logged(gateway, /GTW_MIDDLEWARE_TIMEOUT/)
    await load.served(100)
    expect((await load.stop()).failures).toEqual(new Map())
    expect(outputOf(gateway)).not.toContain('a worker crashed')
  })

  const modules = [
    { why: 'a module that throws', text: 'const a = 1\nthrow new Error("no")', told: /does not work: no .*mw\.ts:2:7/ },
    { why: 'a module without a middleware', text: 'export default 1', told: /exports no middleware/ },
    { why: 'a module that ends its thread', text: 'process.exit(1)', told: /it ended its thread/ },
    { why: 'a module that is not there', text: undefined, told: /cannot be read \(ENOENT\)/ },
  ]
  for (const { why, text, told } of modules) {
    test(`takes along the routers that name it where it never worked: ${why}`, async () => {
      await using folder = await temporaryFolder()
      await using origin = await startOrigin('app')
      const file = join(folder.path, 'mw.ts')
      if (text !== undefined) await folder.write('mw.ts', text)
      await using gateway = await startGateway({ dynamic: routes({ url: origin.url, custom: `file: ${file}` }) })
      await logged(gateway, told)
      expect((await request(gateway.port)).status).toBe(404)
      expect((await request(gateway.port, { path: '/plain' })).text).toBe('app')
      await folder.write('mw.ts', header('1'))
      await vi.waitFor(async () => expect(await version(gateway)).toBe('1'), 10_000)
    })
  }
})

test('validate tells a wrong option with its place and the nearest right one', async () => {
  await using folder = await temporaryFolder()
  await folder.write(
    'mw.ts',
    `import { defineMiddleware, integer, object } from 'gateway/middleware'
export default defineMiddleware({ options: object('Options.', { most: integer('A number.', { min: 1 }) }), request() {} })`,
  )
  const file = await folder.write(
    'routes.yml',
    routes({ url: 'http://127.0.0.1:1', custom: 'file: ./mw.ts\noptions:\n  moost: 1\n  most: 0' }),
  )
  const { code, stdout } = await runCommand(['validate', `--providers.file.filename=${file}`], { cwd: folder.path })
  expect(code).toBe(1)
  expect(stdout).toContain('http.middlewares.mine.custom.options')
  expect(stdout).toMatch(/moost.*\n.*most/)
  expect(stdout).toMatch(/routes\.yml:12:/)
})

/** A package as \`npm pack\` and \`npm install\` leave it, beside the configuration. */
async function install(folder: string, name: string, code: string): Promise<void> {
  const source = join(folder, 'source', name)
  await mkdir(source, { recursive: true })
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await writeFile(join(source, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module', exports: './index.js' }))
  await writeFile(join(source, 'index.js'), code)
  await symlink(source, join(folder, 'node_modules', name))
}

test('a middleware and an interceptor come from packages that are installed beside the configuration', async () => {
  await using folder = await temporaryFolder()
  await using origin = await startOrigin('app')
  await install(folder.path, 'my-header', header('package'))
  await install(
    folder.path,
    'my-interceptor',
    `export default ({ field }) => (dispatch) => (options, handler) =>
  dispatch({ ...options, headers: [...options.headers, field, 'yes'] }, handler)`,
  )
  const file = await folder.write('routes.yml', routes({ url: origin.url, custom: 'package: my-header' }))
  await using gateway = await startGateway({ dynamic: '', args: [`--providers.file.filename=${file}`] })
  expect(await version(gateway)).toBe('package')
  await writeFile(file, routes({ url: origin.url, custom: 'interceptor: my-interceptor\noptions: { field: X-Mine }' }))
  await logged(gateway, /configuration 2 is live/)
  expect((await request(gateway.port)).text).toBe('app')
  expect(origin.seen.at(-1)?.incoming.headers['x-mine']).toBe('yes')
})

test('an interceptor of undici sends a request again', async () => {
  let count = 0
  await using origin = await startOrigin('app', (_seen, response) => {
    response.statusCode = ++count < 3 ? 503 : 200
    response.end('done')
  })
  const custom = 'interceptor: retry\noptions: { minTimeout: 1, maxRetries: 5 }'
  await using gateway = await startGateway({ dynamic: routes({ url: origin.url, custom }) })
  expect(await request(gateway.port)).toMatchObject({ status: 200, text: 'done' })
  expect(count).toBe(3)
})
