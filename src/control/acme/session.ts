import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type * as Library from 'acme-client'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import { AcmeError } from './acme-error.ts'
import type { StoredAccount } from './stored.ts'
import { type AcmeTransport, type LibraryRequest, sendForLibrary } from './transport.ts'

const generate = promisify(generateKeyPair)

/** The account is used for signatures only; Traefik reads RSA keys. */
const ACCOUNT_BITS = 2048

/** The parts of the library's HTTP client that decide how requests are sent. */
interface Sending {
  adapter: (request: LibraryRequest) => Promise<unknown>
}

/** Loads the library when the first certificate is needed: most gateways never do. */
export async function loadLibrary(): Promise<typeof Library> {
  const library = await import('acme-client')
  const sending = library.axios.defaults as unknown as Sending
  sending.adapter = sendForLibrary
  return library
}

/** A client with an account that the authority knows. */
export interface Session {
  readonly client: Library.Client
  readonly account: StoredAccount
}

interface Opening {
  readonly options: AcmeOptions
  readonly transport: AcmeTransport
  /** As it was kept; undefined for a new one. */
  readonly account: StoredAccount | undefined
}

/** Opens a session with the account that is kept, or with a new one where there is none or it belongs to another authority. */
export async function openSession({ options, transport, account }: Opening): Promise<Session> {
  const library = await loadLibrary()
  const usable = account !== undefined && hostOf(account.uri) === hostOf(options.caServer) ? account : undefined
  if (usable !== undefined) {
    return { account: usable, client: clientFor(library, options, { key: usable.key, uri: usable.uri }) }
  }
  const { privateKey } = await generate('rsa', { modulusLength: ACCOUNT_BITS })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const client = clientFor(library, options, { key })
  const { email } = options
  const contact = email === '' ? {} : { contact: [`mailto:${email}`] }
  await transport.run(() => client.createAccount({ termsOfServiceAgreed: true, ...contact }))
  return { client, account: { email, uri: client.getAccountUrl(), key } }
}

/** Whether the authority does not know the account any more, or has closed it: a new one may be made. */
export function isLostAccount(error: unknown): boolean {
  if (!(error instanceof AcmeError)) return false
  return error.type === 'accountDoesNotExist' || (error.type === 'unauthorized' && /account|deactivated|revoked/i.test(error.message))
}

interface Identity {
  readonly key: string
  readonly uri?: string
}

function clientFor(library: typeof Library, { caServer, eab }: AcmeOptions, { key, uri }: Identity): Library.Client {
  return new library.Client({
    directoryUrl: caServer,
    accountKey: key,
    ...(uri === undefined ? {} : { accountUrl: uri }),
    ...(eab === undefined ? {} : { externalAccountBinding: { kid: eab.kid, hmacKey: eab.hmacEncoded } }),
  })
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}
