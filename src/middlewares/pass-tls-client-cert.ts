import type { RequestHead, TlsFacts } from '../http/request.ts'
import { boolean, object, section } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { certificateInfo, infoOptions } from './pass-tls-client-cert/certificate-info.ts'
import { certificatesIn, withoutMarkers } from './pass-tls-client-cert/pem.ts'

const PEM = 'X-Forwarded-Tls-Client-Cert'
const INFO = 'X-Forwarded-Tls-Client-Cert-Info'

/** Names and values. */
type Fields = readonly string[]

/** Tells the server which certificate the client has shown. */
export const passTLSClientCert = defineMiddleware({
  name: 'passTLSClientCert',
  options: object('Passes the certificate of the client on in header fields.', {
    pem: boolean(`Pass the whole certificate on in \`${PEM}\`.`, { default: false }),
    info: section(infoOptions),
  }),
  build: ({ pem, info }) => {
    // All requests of a connection have the same facts, and reading a certificate takes its time.
    const known = new WeakMap<TlsFacts, Fields>()
    const fieldsFor = (tls: TlsFacts): Fields => {
      const certificates = certificatesIn(tls.clientCertificate ?? '')
      const whole = pem ? certificates.map(withoutMarkers).join(',') : ''
      const said = info === undefined ? '' : certificateInfo(certificates, info)
      const fields = [...(whole === '' ? [] : [PEM, whole]), ...(said === '' ? [] : [INFO, said])]
      known.set(tls, fields)
      return fields
    }
    return (next) =>
      function passTLSClientCert(request, handler) {
        const { tls, headers } = request
        // Nobody else's word counts, also where there is no certificate.
        if (pem) headers.delete('x-forwarded-tls-client-cert')
        if (info !== undefined) headers.delete('x-forwarded-tls-client-cert-info')
        if (tls?.clientCertificate !== undefined) append(request, known.get(tls) ?? fieldsFor(tls))
        return next(request, handler)
      }
  },
})

function append({ headers }: RequestHead, fields: Fields): void {
  for (let index = 0; index < fields.length; index += 2) headers.append(fields[index] as string, fields[index + 1] as string)
}
