import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TemporaryFolder } from './temp.ts'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

const KEYS = { ecdsa: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'] } as const

/** Makes a self-signed certificate for a name with openssl; it is its own authority. */
export function makeCertificate(folder: TemporaryFolder, name: string, key: keyof typeof KEYS = 'ecdsa'): Certificate {
  const certFile = join(folder.path, `${name}.pem`)
  const keyFile = join(folder.path, `${name}.key`)
  const request = ['req', '-x509', '-newkey', ...KEYS[key], '-nodes', '-days', '2']
  execFileSync(
    'openssl',
    [...request, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', keyFile, '-out', certFile],
    {
      stdio: 'ignore',
    },
  )
  return { certFile, keyFile }
}
