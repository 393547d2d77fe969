import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import type { TemporaryFolder } from './temp.ts'

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Signs certificates, with openssl. */
export class Authority {
  readonly certFile: string
  readonly #keyFile: string
  readonly #folder: TemporaryFolder
  #issued = 0

  constructor(folder: TemporaryFolder, name: string) {
    this.#folder = folder
    this.certFile = join(folder.path, `${name}.pem`)
    this.#keyFile = join(folder.path, `${name}.key`)
    openssl('req', '-x509', ...EC_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', this.#keyFile, '-out', this.certFile)
  }

  /** A certificate for names as openssl writes them: `DNS:a.test`, `URI:spiffe://a/b`, `IP:127.0.0.1`. */
  issue(...names: readonly string[]): Certificate {
    const base = join(this.#folder.path, `issued-${++this.#issued}-${Math.random().toString(36).slice(2)}`)
    const [certFile, keyFile, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) => `${base}.${end}`) as [
      string,
      string,
      string,
      string,
    ]
    openssl('req', ...EC_KEY, '-subj', '/CN=issued', '-keyout', keyFile, '-out', request)
    writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`)
    const signer = ['-CA', this.certFile, '-CAkey', this.#keyFile, '-CAcreateserial']
    openssl('x509', '-req', '-in', request, ...signer, '-days', '2', '-extfile', extensions, '-out', certFile)
    return { certFile, keyFile }
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}
