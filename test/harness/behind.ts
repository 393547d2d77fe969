import type { ServerResponse } from 'node:http'
import { type DataPlaneOptions, startDataPlane } from './data-plane.ts'
import { type RequestOptions, type Response, request } from './http-client.ts'
import { type Seen, startOrigin } from './origin.ts'

export interface BehindOptions {
  /** Middlewares by name, in the order in which the one router has them. */
  readonly middlewares: Readonly<Record<string, object>>
  /** Names in that order, where it is another one or not all of them. */
  readonly order?: readonly string[]
  /** How the server answers; without it, with its name. */
  readonly answer?: (seen: Seen, response: ServerResponse) => void
  /** Further services by name; `app` is the server. */
  readonly services?: Readonly<Record<string, object>>
  /** Options of the router. */
  readonly router?: object
  readonly entryPoint?: DataPlaneOptions['entryPoint']
  /** What stands under `tls` of the dynamic configuration. */
  readonly tls?: object
}

export interface Behind extends AsyncDisposable {
  readonly port: number
  /** What reached the server. */
  readonly seen: readonly Seen[]
  ask(path: string, options?: RequestOptions): Promise<Response>
}

/** Starts a server and a data plane in front of it that passes everything through some middlewares. */
export async function startBehind(options: BehindOptions): Promise<Behind> {
  const { middlewares, order = Object.keys(middlewares), answer, services = {}, router = {}, entryPoint, tls } = options
  const origin = await startOrigin('app', answer)
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: order, ...router } },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }] } }, ...services },
    middlewares,
  }
  try {
    const plane = await startDataPlane({ dynamic: JSON.stringify({ http, tls }), ...(entryPoint === undefined ? {} : { entryPoint }) })
    return {
      port: plane.port,
      seen: origin.seen,
      ask: (path, more) => request(plane.port, { path, ...more }),
      async [Symbol.asyncDispose]() {
        await plane[Symbol.asyncDispose]()
        await origin[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await origin[Symbol.asyncDispose]()
    throw error
  }
}

/** An entry point that believes what its clients say of themselves. */
export const TRUSTING = { forwardedHeaders: { insecure: true } }

/** Fields of a response by name in lower case, without those that every answer of the server has. */
export function fieldsOf({ headers }: Response): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !EVERYWHERE.includes(name)))
}

const EVERYWHERE = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']
