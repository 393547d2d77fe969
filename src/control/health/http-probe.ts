import { checkUrl, schemeOf } from './check-url.ts'
import { type CheckRequest, exchange } from './exchange.ts'
import type { Target } from './target.ts'

const MAX_REDIRECTS = 10

/** Fields that are meant for one host alone. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Asks a server over HTTP; rejects with the reason when it is not well. */
export async function probeHttp(target: Target, signal: AbortSignal): Promise<void> {
  const { status: wanted, followRedirects } = target.options
  let request = firstRequest(target)
  for (let redirects = 0; ; redirects++) {
    const { status, location } = await exchange(request, signal)
    if (!followRedirects || location === undefined || !REDIRECTS.has(status)) return judge(status, wanted)
    if (redirects === MAX_REDIRECTS) throw new Error(`it redirects more than ${MAX_REDIRECTS} times`)
    request = redirected(request, status, location)
  }
}

function judge(status: number, wanted: number): void {
  if (wanted === 0 ? status < 200 || status > 399 : status !== wanted) throw new Error(`it answers with status ${status}`)
}

function firstRequest(target: Target): CheckRequest {
  const { scheme = schemeOf(target.server), method, hostname, headers = {} } = target.options
  const fields = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host')
  if (!fields.some(([name]) => name.toLowerCase() === 'user-agent')) fields.push(['user-agent', 'gateway-health-check'])
  return {
    url: checkUrl(target, scheme),
    method,
    host: hostname || undefined,
    fields,
    tls: target.tls,
    protocols: target.protocols,
    isHttp2: scheme === 'h2c',
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What is asked after a redirect (RFC 9110 §15.4): other hosts get neither the Host nor the credentials of this one. */
function redirected(request: CheckRequest, status: number, location: string): CheckRequest {
  if (!URL.canParse(location, request.url.href)) throw new Error(`it redirects to ${JSON.stringify(location)}, which is no URL`)
  const url = new URL(location, request.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`it redirects to ${JSON.stringify(location)}, which is not HTTP`)
  const isThere = url.hostname === request.url.hostname
  return {
    ...request,
    url,
    method: status === 307 || status === 308 || request.method === 'HEAD' ? request.method : 'GET',
    host: isThere ? request.host : undefined,
    fields: isThere ? request.fields : request.fields.filter(([name]) => !CREDENTIALS.has(name.toLowerCase())),
    isHttp2: request.isHttp2 && url.origin === request.url.origin,
  }
}
