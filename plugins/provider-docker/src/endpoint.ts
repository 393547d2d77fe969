/** Where an engine listens. */
export type Address =
  | { readonly socketPath: string }
  | { readonly protocol: 'http' | 'https'; readonly host: string; readonly port: number }

/** What is wrong with the option `endpoint`: what was expected, where it is not that. */
export function endpointProblem(endpoint: string): string | undefined {
  return endpoint.startsWith('unix://') || urlOf(endpoint) !== undefined ? undefined : EXPECTED
}

const EXPECTED = 'an address that begins with unix://, tcp://, http:// or https://'

/** Reads the option `endpoint`. */
export function addressOf(endpoint: string, isSecure: boolean): Address {
  if (endpoint.startsWith('unix://')) return { socketPath: endpoint.slice('unix://'.length) }
  const url = urlOf(endpoint)
  if (url === undefined) throw new Error(`the endpoint "${endpoint}" cannot be used: expected is ${EXPECTED}`)
  const protocol = isSecure || url.protocol === 'https:' ? 'https' : 'http'
  const usual = endpoint.startsWith('tcp:') ? (isSecure ? 2376 : 2375) : protocol === 'https' ? 443 : 80
  // The URL of `tcp://host:80` has lost its port, because that is the usual one of http.
  const written = /:(\d+)\/?$/.exec(endpoint)?.[1]
  return { protocol, host: url.hostname, port: Number(written ?? usual) }
}

function urlOf(endpoint: string): URL | undefined {
  const asHttp = endpoint.replace(/^tcp:/, 'http:')
  return /^https?:\/\//.test(asHttp) && URL.canParse(asHttp) ? new URL(asHttp) : undefined
}
