import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Rooms from the ground up: a room may import from its own floor's listed rooms and from every floor below. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'log.ts'],
  ['findings'],
  ['schema'],
  ['http', 'regex', 'tls'],
  ['http1', 'rule', 'dispatch', 'state'],
  ['http2'],
  ['middleware-api'],
  ['middlewares', 'services'],
  ['tcp'],
  ['config'],
  ['runtime', 'thread'],
]

/** Above the shared floors stand two towers that never meet. */
const TOWERS = [
  ['provider', 'control', 'cli', 'commands'],
  ['observe', 'upstream', 'proxy'],
]

interface Import {
  readonly file: string
  readonly target: string
  readonly names: string
}

const IMPORT = /(?:^|\n)(?:import|export)\s+([^'"`;=]*?)\s*from\s+'([^']+)'|(?:^|\n)import\s+'(?<effect>[^']+)'/g

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(IMPORT)].map(([, names = '', target, effect]) => ({ file, target: target ?? effect ?? '', names }))
}

const sources = globSync('src/**/*.ts', { cwd: root }).filter((file) => !/\.(test|bench)\.ts$/.test(file))
const imports = sources.flatMap(importsOf)
const roomOf = (file: string): string => file.split('/')[1] ?? ''
const localTarget = ({ file, target }: Import): string | undefined =>
  target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : undefined

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true
  const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room))
  const [fromFloor, toFloor] = [floorOf(from), floorOf(to)]
  if (toFloor !== -1) return fromFloor === -1 || toFloor < fromFloor || (toFloor === fromFloor && from === 'runtime')
  return TOWERS.some((tower) => tower.includes(from) && tower.indexOf(to) !== -1 && tower.indexOf(to) < tower.indexOf(from))
}

test('every room has its place in the order of imports', () => {
  const known = new Set([...FLOORS.flat(), ...TOWERS.flat()])
  expect([...new Set(sources.map(roomOf))].filter((room) => !known.has(room))).toEqual([])
})

test('imports only go downwards, and the two planes never meet', () => {
  const wrong = imports.flatMap((entry) => {
    const target = localTarget(entry)
    return target?.startsWith('src/') && !isAllowed(roomOf(entry.file), roomOf(target)) ? [`${entry.file} → ${target}`] : []
  })
  expect(wrong).toEqual([])
})

test('no file imports itself through others', () => {
  const graph = new Map<string, string[]>()
  for (const entry of imports) {
    const target = localTarget(entry)
    if (target !== undefined && !entry.names.startsWith('type ')) graph.set(entry.file, [...(graph.get(entry.file) ?? []), target])
  }
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(cycles).toEqual([])
})

test('a middleware imports no other middleware, no configuration and no socket', () => {
  const room = 'src/middlewares/'
  const wrong = imports.filter((entry) => {
    const { file, target } = entry
    if (roomOf(file) !== 'middlewares' || file === `${room}catalogue.ts`) return false
    const local = localTarget(entry) ?? ''
    const [first = '', inside] = local.slice(room.length).split('/')
    // A large middleware has a folder of its own, and several share one.
    const [own = ''] = file.slice(room.length).split(/\/|\.ts$/)
    const isOther = inside === undefined ? first !== 'definition.ts' : first !== 'shared' && first !== own
    return (local.startsWith(room) && isOther) || target.includes('/config/') || target === 'node:net'
  })
  expect(wrong).toEqual([])
})

test('only the data plane, the control plane and the health check open sockets', () => {
  const rooms = ['proxy', 'upstream', 'control']
  const wrong = imports.filter(
    ({ file, target, names }) =>
      /^node:(net|tls|http|https|http2|dgram)$/.test(target) &&
      /\b(connect|createConnection|createServer|createSecureContext|request)\b/.test(names) &&
      !rooms.includes(roomOf(file)) &&
      !file.includes('cli/healthcheck'),
  )
  expect(wrong.map(({ file }) => file)).toEqual([])
})

/** The entry of a worker, who reads its configuration for it, who checks passwords for it, and the type of a port in their messages. */
const KNOW_THREADS: readonly string[] = [
  'src/proxy/worker.ts',
  'src/proxy/applier.ts',
  'src/proxy/password-checks.ts',
  'src/proxy/password-thread.ts',
  'src/thread/messages.ts',
]

test('only the control plane and the entry of a worker know of threads', () => {
  const wrong = imports.filter(
    ({ file, target }) => target === 'node:worker_threads' && roomOf(file) !== 'control' && !KNOW_THREADS.includes(file),
  )
  expect(wrong.map(({ file }) => file)).toEqual([])
})

test('a plugin imports gateway/provider, its own files and what its package.json names', () => {
  for (const manifest of globSync('plugins/*/package.json', { cwd: root })) {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { dependencies?: Record<string, string> }
    const files = globSync(`${dirname(manifest)}/src/**/*.ts`, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
    const foreign = files
      .flatMap(importsOf)
      .map(({ target }) => target)
      .filter(
        (target) => !(target.startsWith('.') || target.startsWith('node:') || target === 'gateway/provider' || target in dependencies),
      )
    expect(foreign, manifest).toEqual([])
  }
})
