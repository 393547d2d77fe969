import type { Target } from './target.ts'

/** The URL that a target is asked at; what is spoken in the clear, HTTP/2 included, has the scheme `http`. */
export function checkUrl({ server, options: { port, path } }: Target, scheme: string): URL {
  // The scheme goes first: a port that is the default of the old one is written out for the new one.
  const base = new URL(server.replace(/^[^:]*:/, scheme === 'https' ? 'https:' : 'http:'))
  if (port !== 0) base.port = String(port)
  base.username = ''
  base.password = ''
  return new URL(path, base)
}

/** The scheme of a server. */
export function schemeOf(server: string): string {
  return server.slice(0, server.indexOf(':')).toLowerCase()
}
