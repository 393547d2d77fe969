import { GatewayError } from '../errors.ts'
import type { ServerAddress } from './definition.ts'

interface AddressOptions {
  readonly url: string
  readonly preservePath: boolean
}

const DEFAULT_PORTS = { http: 80, https: 443, h2c: 80 }

const SCHEME = /^(https?|h2c):\/\//i

/** Where the URL of a server leads; its query and its user information do not count. */
export function addressOf({ url, preservePath }: AddressOptions, passHostHeader: boolean): ServerAddress {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase() as ServerAddress['scheme'] | undefined
  // URLs of schemes that the standard does not know are read by other rules.
  const plain = url.replace(SCHEME, scheme === 'https' ? 'https://' : 'http://')
  const parsed = scheme !== undefined && URL.canParse(plain) ? new URL(plain) : undefined
  if (scheme === undefined || parsed === undefined || parsed.hostname === '') {
    throw new GatewayError(
      'GTW_CONFIG_INVALID',
      `error parsing server URL "${withoutUserInfo(url)}": it is not http://host[:port], https://host[:port] or h2c://host[:port]`,
    )
  }
  return {
    scheme,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORTS[scheme] : Number(parsed.port),
    hostField: passHostHeader ? undefined : parsed.host,
    basePath: preservePath ? parsed.pathname.replace(/\/$/, '') : '',
  }
}

/** The URL of a server as it may be shown. */
export function withoutUserInfo(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
