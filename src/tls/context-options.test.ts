import { createSecureContext } from 'node:tls'
import { expect, test } from 'vitest'
import { contextOptions } from './context-options.ts'
import { toCipherList } from './names.ts'
import { DEFAULT_TLS_OPTIONS, type TlsOptions } from './settings.ts'

const suites = [['TLS_AES_128_GCM_SHA256'], ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'], undefined]

for (const minVersion of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
  for (const names of suites) {
    test(`suites ${names ?? 'of the gateway'} make a context from ${minVersion} on`, () => {
      const options: TlsOptions = { ...DEFAULT_TLS_OPTIONS, minVersion, ...(names === undefined ? {} : { ciphers: toCipherList(names) }) }
      expect(() => createSecureContext(contextOptions(options))).not.toThrow()
    })
  }
}
