import type { TcpInput } from '../rule/tcp-input.ts'
import { type TcpRoute, TcpTable } from './tcp-table.ts'

/** The TCP routers of one entry point, and where they stand among its routers of HTTP. */
export class TcpRoutes {
  readonly clear: TcpTable
  readonly secure: TcpTable
  /** A router of HTTPS that names no host wants whatever no name is found for. */
  readonly #hasHttpsForAll: boolean

  constructor(routes: readonly TcpRoute[], hasHttpsForAll: boolean) {
    this.clear = new TcpTable(routes.filter(({ tls }) => tls === undefined))
    this.secure = new TcpTable(routes.filter(({ tls }) => tls !== undefined))
    this.#hasHttpsForAll = hasHttpsForAll
  }

  /** The router of a TLS connection whose name no router of HTTPS asks for. */
  findSecure(input: TcpInput): TcpRoute | undefined {
    const route = this.secure.find(input)
    return route?.rule.isCatchAll === true && this.#hasHttpsForAll ? undefined : route
  }
}
