import { Headers } from '../http/headers.ts'
import { canonicalHost, withoutTrailingDot } from '../http/host.ts'
import { RequestHead } from '../http/request.ts'
import { routingPath } from '../http/target.ts'

/** What matchers look at. A router table owns one and prepares it again for every request. */
export class RouteInput {
  request: RequestHead = new RequestHead('GET', '/', new Headers())
  /** Canonical host, '' where the request named none. */
  host = ''
  /** The same without one trailing dot. */
  domain = ''
  /** Routing path: decoded but for reserved characters. */
  path = '/'

  prepare(request: RequestHead): void {
    this.request = request
    this.host = canonicalHost(request.host)
    this.domain = withoutTrailingDot(this.host)
    this.path = routingPath(request.path)
  }
}

/** Whether what a rule looks at matches it. Built once with a table, then only called. */
export type Predicate<Input = RouteInput> = (input: Input) => boolean
