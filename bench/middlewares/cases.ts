import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hashSync } from '@node-rs/bcrypt'
import type { Nginx } from '../../test/harness/nginx.ts'
import { serverAt } from '../data-plane/dynamic.ts'
import { small } from '../data-plane/loads.ts'
import { bodyOf } from '../origin.ts'

/** A middleware that is measured by itself: its kind is the name unless options name several. */
export interface Case {
  readonly name: string
  /** The middlewares of its router, in this order. */
  readonly middlewares: readonly Readonly<Record<string, unknown>>[]
  /** The path that the origin is asked for, where it is not the one that the client asked for. */
  readonly asked?: string
}

const USER = ['carol', 'correct-horse'] as const
const SECRET_HEADER = new URL('../../examples/middleware-secret-header/secret-header.ts', import.meta.url).pathname

/** Fields of every request, also of those that meet no middleware: what those that look at them need to have something to do. */
export const FIELDS: readonly string[] = [
  'Host: shop.test',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Origin: https://shop.test',
  `Authorization: Basic ${btoa(USER.join(':'))}`,
]

/** The one that the others are compared with. */
export const PLAIN: Case = { name: 'none', middlewares: [] }

/** The headers that a careful site adds. */
const CAREFUL = {
  customRequestHeaders: { 'X-Site': 'shop' },
  frameDeny: true,
  contentTypeNosniff: true,
  referrerPolicy: 'same-origin',
  forceSTSHeader: true,
  stsSeconds: 31_536_000,
}

/** Limits that the load does not reach. */
const NEVER = 1_000_000_000

/** Each kind of middleware as it is usually configured, with requests that pass it. */
export function casesAt(originPort: number): readonly Case[] {
  const alone = (kind: string, options: object, asked?: string): Case => ({
    name: kind,
    middlewares: [{ [kind]: options }],
    ...(asked === undefined ? {} : { asked }),
  })
  return [
    alone('addPrefix', { prefix: '/added' }, `/added/addPrefix${small.path}`),
    alone('stripPrefix', { prefixes: ['/stripPrefix'] }, small.path),
    alone('stripPrefixRegex', { regex: ['^/stripPrefixRegex'] }, small.path),
    alone('replacePath', { path: small.path }, small.path),
    alone('replacePathRegex', { regex: '^/replacePathRegex/(.*)', replacement: '/$1' }, small.path),
    alone('redirectRegex', { regex: '^http://old[.]test/(.*)', replacement: 'http://new.test/$1' }),
    alone('redirectScheme', { scheme: 'http' }),
    alone('chain', { middlewares: [] }),
    alone('ipAllowList', { sourceRange: ['10.0.0.0/8', '127.0.0.0/8', '192.168.0.0/16'] }),
    alone('headers', CAREFUL),
    { name: 'headers (CORS)', middlewares: [{ headers: { accessControlAllowOriginList: ['https://shop.test'], addVaryHeader: true } }] },
    alone('basicAuth', { users: [`${USER[0]}:${hashSync(USER[1], 10)}`], headerField: 'X-User', removeHeader: true }),
    alone('forwardAuth', { address: `http://127.0.0.1:${originPort}${small.path}` }),
    alone('rateLimit', { average: NEVER, burst: NEVER }),
    alone('inFlightReq', { amount: NEVER }),
    alone('circuitBreaker', { expression: 'NetworkErrorRatio() > 0.30 || LatencyAtQuantileMS(50.0) > 1000' }),
    { name: 'retry (network errors)', middlewares: [{ retry: { attempts: 3 } }] },
    { name: 'retry (statuses)', middlewares: [{ retry: { attempts: 3, status: ['500-599'] } }] },
    alone('errors', { status: ['500-599'], service: 'origin', query: '/{status}.html' }),
    alone('compress', {}),
    alone('buffering', {}),
    alone('contentType', {}),
    alone('encodedCharacters', {}),
    alone('grpcWeb', { allowOrigins: ['*'] }),
    alone('passTLSClientCert', { pem: true }),
    { name: 'custom (hooks)', middlewares: [{ custom: { file: SECRET_HEADER, options: { secret: 'x' } } }] },
  ]
}

/** The five that a site is likely to have. */
export const FIVE: Case = {
  name: 'five',
  asked: small.path,
  middlewares: [
    { ipAllowList: { sourceRange: ['10.0.0.0/8', '127.0.0.0/8', '192.168.0.0/16'] } },
    { rateLimit: { average: NEVER, burst: NEVER } },
    { headers: CAREFUL },
    { compress: {} },
    { stripPrefix: { prefixes: ['/five'] } },
  ],
}

/** Where a client asks for a case. */
export function pathOf({ name }: Case): string {
  return `/${folderOf(name)}${small.path}`
}

/** A router for each case, in front of one service. */
export function routersFor(cases: readonly Case[]): (originPort: number) => unknown {
  return (originPort) => {
    const parts = cases.flatMap(({ name, middlewares }) => middlewares.map((options, index) => [`${folderOf(name)}-${index}`, options]))
    const routers = cases.map((one) => {
      const middlewares = one.middlewares.map((_, index) => `${folderOf(one.name)}-${index}`)
      return [folderOf(one.name), { rule: `PathPrefix(\`/${folderOf(one.name)}/\`)`, service: 'origin', middlewares }]
    })
    return {
      http: {
        routers: Object.fromEntries(routers),
        services: { origin: serverAt(originPort) },
        middlewares: Object.fromEntries(parts),
      },
    }
  }
}

/** The origin answers each path that it may be asked for with the same content: of clients by a proxy that changes nothing, too. */
export async function prepareFiles({ folder, port }: Nginx): Promise<void> {
  const cases = [PLAIN, FIVE, ...casesAt(port)]
  for (const path of new Set(cases.flatMap((one) => [pathOf(one), one.asked ?? []].flat()))) {
    const file = join(folder, 'files', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bodyOf(small))
  }
}

function folderOf(name: string): string {
  return name.replaceAll(/\W+/g, '-')
}
