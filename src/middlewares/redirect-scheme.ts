import { replyError } from '../dispatch/reply.ts'
import { portOfHost } from '../http/host.ts'
import type { RequestHead } from '../http/request.ts'
import { boolean, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { redirect } from './shared/redirection.ts'

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/** Redirects to another scheme, or to another port of it. */
export const redirectScheme = defineMiddleware({
  name: 'redirectScheme',
  options: object('Redirects requests that came with another scheme or to another port.', {
    scheme: string('The scheme to redirect to, for instance `https`.', { required: true, check: checkScheme }),
    port: string('The port to redirect to; without one, the default one of the scheme.', { default: '', check: checkPort }),
    permanent: boolean('Redirect for good (301 or 308) instead of for now (302 or 307).', { default: false }),
  }),
  build: (options) => {
    const scheme = options.scheme.toLowerCase()
    const port = withoutDefault(options.port, scheme)
    return (next) =>
      function redirectScheme(request, handler) {
        const { host } = request
        const hostPort = portOfHost(host)
        const from = schemeOf(request)
        if (from === scheme && withoutDefault(hostPort, from) === port) return next(request, handler)
        const name = hostPort === '' ? host : host.slice(0, -hostPort.length - 1)
        if (name === '') return replyError(handler, 'GTW_HOST_INVALID')
        const authority = port === '' ? name : `${name}:${port}`
        return redirect(request, handler, `${scheme}://${authority}${request.target}`, options.permanent)
      }
  },
})

/** What the client used, whatever this connection is: a trusted proxy may have ended TLS. A WebSocket begins as HTTP. */
function schemeOf({ headers, scheme }: RequestHead): string {
  switch (headers.get('x-forwarded-proto')?.toLowerCase()) {
    case 'http':
    case 'ws':
      return 'http'
    case 'https':
    case 'wss':
      return 'https'
    default:
      return scheme
  }
}

function withoutDefault(port: string, scheme: string): string {
  return port === DEFAULT_PORTS[scheme] ? '' : port
}

function checkScheme(scheme: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*$/i.test(scheme) ? undefined : 'a scheme such as https'
}

function checkPort(port: string): string | undefined {
  return port === '' || (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) ? undefined : 'a port from 0 to 65535'
}
