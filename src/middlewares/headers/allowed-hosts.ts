import { equalsLower } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'
import type { HeadersOptions } from './options.ts'

/** The hosts that are served; without any, all are. */
export class AllowedHosts {
  readonly #hosts: readonly string[]
  readonly #proxyHeaders: readonly string[]

  constructor({ allowedHosts, hostsProxyHeaders, isDevelopment }: HeadersOptions) {
    this.#hosts = isDevelopment ? [] : allowedHosts.map((host) => host.toLowerCase())
    this.#proxyHeaders = hostsProxyHeaders.map((name) => name.toLowerCase())
  }

  has(request: RequestHead): boolean {
    if (this.#hosts.length === 0) return true
    const host = this.#hostOf(request)
    for (const allowed of this.#hosts) if (equalsLower(host, allowed)) return true
    return false
  }

  #hostOf({ host, headers }: RequestHead): string {
    for (const name of this.#proxyHeaders) {
      const named = headers.get(name)
      if (named !== undefined && named !== '') return named
    }
    return host
  }
}
