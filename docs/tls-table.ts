import { readFileSync, writeFileSync } from 'node:fs'
import { tlsTable } from '../test/harness/tls-table.ts'
import { GUIDE, withTable } from './tls-guide.ts'

/** Writes what handshakes with the built gateway get into the guide; `test/e2e/tls-table.test.ts` fails when it is stale. */
writeFileSync(GUIDE, withTable(readFileSync(GUIDE, 'utf8'), await tlsTable()))
