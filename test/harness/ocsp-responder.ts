import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import type { TemporaryFolder } from './temp.ts'

interface Responder extends AsyncDisposable {
  /** Certificate and issuer in one. */
  readonly chain: string
  readonly key: string
  /** Where it is asked. */
  readonly url: string
}

/** An authority and its responder, both openssl, and one certificate in the given state, which names this responder or another address. */
export async function startResponder(folder: TemporaryFolder, state: 'V' | 'R', named?: string): Promise<Responder> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const at = (name: string): string => join(folder.path, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder.path })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', ...newKey, '-subj', '/CN=a.test', '-keyout', 'leaf.key', '-out', 'leaf.csr')
  writeFileSync(at('ext'), `subjectAltName=DNS:a.test\nauthorityInfoAccess=OCSP;URI:${named ?? url}\n`)
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '0x1234']
  openssl('x509', '-req', '-in', 'leaf.csr', ...signer, '-days', '2', '-extfile', 'ext', '-out', 'leaf.pem')
  writeFileSync(at('index'), `${state}\t491231235959Z\t${state === 'R' ? '260101000000Z' : ''}\t1234\tunknown\t/CN=a.test\n`)
  const args = ['ocsp', '-port', String(port), '-index', 'index', '-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key', '-nmin', '600']
  const responder: RunningProcess = await startProcess('openssl', args, { ready: /waiting for OCSP client/, cwd: folder.path })
  return {
    url,
    chain: readFileSync(at('leaf.pem'), 'utf8') + readFileSync(at('ca.pem'), 'utf8'),
    key: readFileSync(at('leaf.key'), 'utf8'),
    [Symbol.asyncDispose]: () => responder[Symbol.asyncDispose](),
  }
}
