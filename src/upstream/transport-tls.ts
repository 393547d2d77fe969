import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import type { Kept } from '../state/kept.ts'
import { type ClientTlsSettings, clientContextOptions, clientTlsOptions } from '../tls/client-options.ts'

/** The TLS side of a servers transport: all its pools share one context, which is made when the first of them dials. */
export class TransportTls implements Kept {
  readonly #settings: ClientTlsSettings
  #context: SecureContext | undefined

  constructor(settings: ClientTlsSettings) {
    this.#settings = settings
  }

  /** Options for connections to a host, made at the first call. */
  optionsFor(host: string): () => ConnectionOptions {
    let options: ConnectionOptions | undefined
    return () => {
      this.#context ??= createSecureContext(clientContextOptions(this.#settings))
      options ??= clientTlsOptions(this.#settings, host, this.#context)
      return options
    }
  }

  close(): void {}
}
