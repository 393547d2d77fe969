/** Where the server is that is asked. */
export interface AuthAddress {
  /** `http://host:port`. */
  readonly origin: string
  readonly host: string
  readonly path: string
  readonly query: string | undefined
  /** As configured: relative references are resolved against it. */
  readonly url: string
}

/** Reads an absolute http or https URL; undefined where the text is none. */
export function readAddress(text: string): AuthAddress | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  return {
    origin: url.origin,
    host: url.host,
    path: url.pathname,
    query: url.search === '' ? undefined : url.search.slice(1),
    url: url.href,
  }
}

/** What an address would have to be; undefined where it is right. */
export function expectedOfAddress(text: string): string | undefined {
  return readAddress(text) === undefined ? 'an http or https URL without a user name' : undefined
}
