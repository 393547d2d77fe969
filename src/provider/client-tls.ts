import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { boolean, type Infer, object, string } from '../schema/index.ts'
import type { ProviderLog } from './definition.ts'

/** The option `tls` of a provider that speaks TLS to its source. */
export const clientTls = object(
  'How to speak TLS to the source.',
  {
    ca: string('Authorities to trust instead of those of the system: a file, or the certificates themselves.'),
    cert: string('Certificate of the gateway: a file, or the certificate itself.'),
    key: string('Its key: a file, or the key itself.', { secret: true }),
    insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
  },
  { standalone: true },
)

export type ClientTlsOptions = Infer<typeof clientTls>

/** What `tls.connect`, `https.request` and most client libraries take as it is. */
export interface ClientTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized: boolean
}

/** Reads the files that the option names; throws where one cannot be read or they do not belong together. */
export async function readClientTls(options: ClientTlsOptions, log: ProviderLog): Promise<ClientTls> {
  const { ca = '', cert = '', key = '', insecureSkipVerify } = options
  if ((cert === '') !== (key === '')) {
    throw new Error(
      `the option \`tls\` has ${cert === '' ? '`key` without `cert`' : '`cert` without `key`'}: a client certificate needs both`,
    )
  }
  if (insecureSkipVerify) log.warn('`tls.insecureSkipVerify` is on: whoever answers in place of the source is believed')
  const authorities = ca === '' ? {} : { ca: await readText(ca, 'ca') }
  const pair = cert === '' ? {} : { cert: await readText(cert, 'cert'), key: await readText(key, 'key') }
  if (authorities.ca !== undefined) readCertificate(authorities.ca, 'ca')
  if (pair.cert !== undefined && !readCertificate(pair.cert, 'cert').checkPrivateKey(readKey(pair.key))) {
    throw new Error('the option `tls.key` is not the key of `tls.cert`')
  }
  return { ...authorities, ...pair, rejectUnauthorized: !insecureSkipVerify }
}

async function readText(item: string, name: string): Promise<string> {
  if (item.includes('-----BEGIN')) return item
  try {
    return await readFile(item, 'utf8')
  } catch (cause) {
    // What cannot be read may be a key without its first line: it is not shown.
    const reason = (cause as NodeJS.ErrnoException).code ?? 'not a file name'
    throw new Error(`the option \`tls.${name}\` names a file that cannot be read (${reason})`)
  }
}

function readCertificate(pem: string, name: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Error(`the option \`tls.${name}\` is no certificate in PEM`)
  }
}

function readKey(pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new Error('the option `tls.key` is no private key in PEM')
  }
}
