import { createPrivateKey, type KeyObject } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import { isTree, type Tree } from '../../schema/tree.ts'

/** Who we are at the authority. */
export interface StoredAccount {
  readonly email: string
  readonly uri: string
  /** PEM. */
  readonly key: string
}

/** A certificate as the file holds it. */
export interface StoredCertificate {
  /** The main one first. */
  readonly names: readonly string[]
  /** PEM, with the chain behind it. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
}

/** What the file holds for one resolver. */
export interface StoredResolver {
  readonly account?: StoredAccount
  readonly certificates: readonly StoredCertificate[]
}

const EMPTY: StoredResolver = { certificates: [] }

/** Reads the file of Traefik, which is also ours: by resolver, the account and the certificates. Throws where it is no such thing. */
export function readStored(text: string, path: string): ReadonlyMap<string, StoredResolver> {
  if (text.trim() === '') return new Map()
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    throw new GatewayError('GTW_ACME_STORAGE', `${path} is not JSON`)
  }
  if (!isTree(tree)) throw new GatewayError('GTW_ACME_STORAGE', `${path} holds no resolvers`)
  return new Map(Object.entries(tree).map(([name, resolver]) => [name, isTree(resolver) ? readResolver(resolver) : EMPTY]))
}

function readResolver({ Account, Certificates }: Tree): StoredResolver {
  const account = isTree(Account) ? readAccount(Account) : undefined
  const certificates = Array.isArray(Certificates) ? Certificates.flatMap((one) => (isTree(one) ? (readCertificate(one) ?? []) : [])) : []
  return { ...(account === undefined ? {} : { account }), certificates }
}

function readAccount({ Email, Registration, PrivateKey }: Tree): StoredAccount | undefined {
  const uri = isTree(Registration) ? Registration.uri : undefined
  const key = typeof PrivateKey === 'string' ? readKey(Buffer.from(PrivateKey, 'base64')) : undefined
  if (typeof uri !== 'string' || key === undefined) return undefined
  return { email: typeof Email === 'string' ? Email : '', uri, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function readKey(der: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type })
    } catch {
      // One of the other forms, or none at all.
    }
  }
  return undefined
}

function readCertificate({ domain, certificate, key }: Tree): StoredCertificate | undefined {
  if (!isTree(domain) || typeof certificate !== 'string' || typeof key !== 'string') return undefined
  const { main, sans } = domain
  const names = [main, ...(Array.isArray(sans) ? sans : [])].filter((name) => typeof name === 'string' && name !== '') as string[]
  return { names, certificate: Buffer.from(certificate, 'base64').toString(), key: Buffer.from(key, 'base64').toString() }
}

/** Writes what `readStored` reads, as Traefik does. */
export function writeStored(resolvers: ReadonlyMap<string, StoredResolver>): string {
  const tree = [...resolvers].map(([name, { account, certificates }]) => [
    name,
    { Account: account === undefined ? null : writeAccount(account), Certificates: certificates.map(writeCertificate) },
  ])
  return `${JSON.stringify(Object.fromEntries(tree), undefined, 2)}\n`
}

function writeAccount({ email, uri, key }: StoredAccount): object {
  const object = createPrivateKey(key)
  const der = object.export({ type: object.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', format: 'der' })
  const contact = email === '' ? {} : { contact: [`mailto:${email}`] }
  return { Email: email, Registration: { body: { status: 'valid', ...contact }, uri }, PrivateKey: der.toString('base64') }
}

function writeCertificate({ names: [main, ...sans], certificate, key }: StoredCertificate): object {
  return {
    domain: { main, ...(sans.length === 0 ? {} : { sans }) },
    certificate: Buffer.from(certificate).toString('base64'),
    key: Buffer.from(key).toString('base64'),
    Store: 'default',
  }
}
