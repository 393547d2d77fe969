import { resolve } from 'node:path'
import type { Said } from './aggregator.ts'
import { filesOfTls } from './certificates/file-stamps.ts'
import { filesOfMessage } from './expanded-message.ts'
import { filesOfMiddleware } from './prepare-middleware.ts'
import { filesOfTransport } from './read-transport.ts'

/** The files that references, middlewares, transports and the section `tls` name, by their whole path, once what was said has been checked. */
export function filesNamedIn(said: Said): Set<string> {
  const files = new Set<string>()
  const add = (named: Iterable<string>): void => {
    for (const file of named) files.add(resolve(file))
  }
  for (const { configuration, message } of said.values()) {
    const { http, tcp } = configuration
    add(filesOfMessage(message))
    add(filesOfTls(configuration.tls))
    for (const middleware of Object.values(http.middlewares)) add(filesOfMiddleware(middleware))
    for (const transport of Object.values(http.serversTransports)) add(filesOfTransport(transport))
    for (const { tls } of Object.values(tcp.serversTransports)) if (tls !== undefined) add(filesOfTransport(tls))
  }
  return files
}
