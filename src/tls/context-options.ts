import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { DEFAULT_CIPHER_LIST, hasOlderSuites } from './names.ts'
import type { TlsOptions } from './settings.ts'

/** OpenSSL refuses everything below TLS 1.2 unless it is told to be content with less. */
const LEAST_LEVEL = ':@SECLEVEL=0'

/** Our order of ciphers counts; but who would rather have ChaCha20 has no instructions for AES, and gets it. */
const OUR_ORDER = constants.SSL_OP_CIPHER_SERVER_PREFERENCE | constants.SSL_OP_PRIORITIZE_CHACHA
const SECURE_OPTIONS = OUR_ORDER | constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION

/** What `tls.createSecureContext` is told of TLS options: the same where they are checked and where they are used. */
export function contextOptions({ minVersion, maxVersion, ciphers, groups, clientAuth, tickets }: TlsOptions): SecureContextOptions {
  const list = ciphers ?? DEFAULT_CIPHER_LIST
  const isOld = minVersion !== undefined && minVersion < 'TLSv1.2'
  return {
    secureOptions: SECURE_OPTIONS | (tickets ? 0 : constants.SSL_OP_NO_TICKET),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // A level without a suite that it could be for is an error to OpenSSL.
    ciphers: isOld && hasOlderSuites(list) ? `${list}${LEAST_LEVEL}` : list,
    ...(groups === undefined ? {} : { ecdhCurve: groups }),
    ...(clientAuth === undefined || clientAuth.authorities.length === 0 ? {} : { ca: [...clientAuth.authorities] }),
  }
}
