import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { GUIDE, tableIn } from '../../docs/tls-guide.ts'
import { needs } from '../harness/services.ts'
import { tlsTable } from '../harness/tls-table.ts'

needs(
  ['openssl'],
  'the guide names the versions and suites that handshakes get, with each kind of certificate (else: node docs/tls-table.ts)',
  async () => {
    expect(await tlsTable()).toBe(tableIn(readFileSync(GUIDE, 'utf8')))
  },
  120_000,
)
