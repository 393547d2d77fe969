import { boolean, type Infer, object, string } from '../../schema/index.ts'
import type { Files } from '../definition.ts'

/** TLS towards a server that a middleware asks. */
export const askedTlsOptions = object('TLS towards the server.', {
  ca: string('Certificates to trust instead of those of the system: a file, or PEM text.'),
  cert: string('Certificate of the gateway: a file, or PEM text.'),
  key: string('Its private key: a file, or PEM text.', { secret: true }),
  insecureSkipVerify: boolean('Accept every certificate of the server.', { default: false }),
  caOptional: boolean('Accepted and without effect.', { default: false }),
})

type AskedTlsOptions = Infer<typeof askedTlsOptions>

/** Puts the content of the files in the place of their names; what is empty is not there. */
export function prepareTls<Tls extends AskedTlsOptions>(tls: Tls, files: Files): Tls {
  const content: Content = (text) => (text === undefined || text === '' ? undefined : files.readOrTake(text))
  return { ...tls, ca: content(tls.ca), cert: content(tls.cert), key: contentOfKey(tls.key, content) }
}

type Content = (text: string | undefined) => string | undefined

/** What cannot be read may be a key without its first line: it is not shown. */
function contentOfKey(key: string | undefined, content: Content): string | undefined {
  try {
    return content(key)
  } catch {
    throw new Error('has a `key` that is neither PEM nor the name of a file that can be read')
  }
}
