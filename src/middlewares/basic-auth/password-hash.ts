import { hash, timingSafeEqual } from 'node:crypto'

/** A way to hash passwords, and how much one takes compared to others. */
export interface PasswordHash {
  readonly cost: number
  matches(password: string): boolean | Promise<boolean>
}

/** `htpasswd` takes no longer ones; a hash of a long text takes long. */
const LONGEST_PASSWORD = 255

const BCRYPT = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const MD5 = /^\$(?:apr1|1)\$[^$]{0,8}\$[./A-Za-z0-9]{22}$/
const SHA1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/

/** Reads a hash as `htpasswd` writes it; what is none, a plain password for instance, matches nothing. */
export function readPasswordHash(text: string): PasswordHash {
  const [, rounds] = BCRYPT.exec(text) ?? []
  if (rounds !== undefined) return bounded(1000 * 2 ** Number(rounds), (password) => bcryptMatches(password, text))
  if (MD5.test(text)) return bounded(1000, (password) => md5Matches(password, text))
  if (SHA1.test(text)) return bounded(1, (password) => equal(`{SHA}${hash('sha1', password, 'base64')}`, text))
  return { cost: 0, matches: () => false }
}

function bounded(cost: number, matches: PasswordHash['matches']): PasswordHash {
  return { cost, matches: (password) => password.length <= LONGEST_PASSWORD && matches(password) }
}

/** Takes a tenth of a second or more of its thread. Only the first 72 octets count, as everywhere. */
async function bcryptMatches(password: string, text: string): Promise<boolean> {
  // The letter says which program wrote it; all of them mean the same.
  const canonical = `$2b${text.slice(3)}`
  try {
    const { verifySync } = await import('@node-rs/bcrypt')
    return verifySync(password, canonical)
  } catch {
    // There is no native code for this machine.
    const { compareSync } = await import('bcryptjs')
    return compareSync(password, canonical)
  }
}

/** A thousand rounds take a millisecond. */
async function md5Matches(password: string, text: string): Promise<boolean> {
  const { default: md5Crypt } = await import('apache-md5')
  return equal(md5Crypt(Buffer.from(password).toString('latin1'), text), text)
}

function equal(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'))
}
