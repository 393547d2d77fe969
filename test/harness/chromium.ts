import { hash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type RunningProcess, startProcess } from './process.ts'
import type { TemporaryFolder } from './temp.ts'

/** Quiet, without a sandbox (tests run as root), and without a word to anybody but us. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--dump-dom',
]

interface Visit {
  /** Holds its profile. */
  readonly folder: TemporaryFolder
  /** Certificates that it trusts, whoever has signed them. */
  readonly certFiles: readonly string[]
  /** Every name is at 127.0.0.1. */
  readonly url: string
}

/** Opens a page with Chromium and returns when it has ended; its standard output is the page, and nothing where there was none. */
export async function visit({ folder, certFiles, url }: Visit): Promise<RunningProcess> {
  const args = [
    ...FLAGS,
    `--user-data-dir=${folder.path}/profile`,
    `--ignore-certificate-errors-spki-list=${certFiles.map(keyHashOf).join(',')}`,
    '--host-resolver-rules=MAP * 127.0.0.1',
    url,
  ]
  const browser = await startProcess('chromium', args, { env: { HOME: folder.path } })
  await browser.exited
  return browser
}

function keyHashOf(certFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(certFile))
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'base64')
}
