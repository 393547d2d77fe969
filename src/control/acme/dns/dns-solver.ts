import { createHash } from 'node:crypto'
import type { DnsChallenge } from '../../../config/certificates-resolvers.ts'
import { AcmeError } from '../acme-error.ts'
import type { Proof, Solver } from '../solver.ts'
import { execRecords } from './exec.ts'
import { httpreqRecords } from './httpreq.ts'
import { followAliases, Propagation } from './propagation.ts'

/** A TXT record that proves control of a name (RFC 8555 §8.4). */
export interface TextRecord {
  /** Fully qualified, with the last dot. */
  readonly fqdn: string
  readonly value: string
  readonly proof: Proof
}

/** Something that sets records. */
export interface DnsRecords {
  set(record: TextRecord): Promise<void>
  remove(record: TextRecord): Promise<void>
  readonly timeoutMs: number
  readonly intervalMs: number
}

/** The ways to set records, by their name in `dnsChallenge.provider`. */
const PROVIDERS: Readonly<Record<string, (env: NodeJS.ProcessEnv) => DnsRecords>> = { exec: execRecords, httpreq: httpreqRecords }

/** Proves control with TXT records. */
export function dnsSolver(options: DnsChallenge, env: NodeJS.ProcessEnv = process.env): Solver {
  return {
    type: 'dns-01',
    delayMs: 0,
    async present(proof) {
      const open = Object.hasOwn(PROVIDERS, options.provider) ? PROVIDERS[options.provider] : undefined
      if (open === undefined) {
        throw new AcmeError(
          'GTW_ACME_CHALLENGE',
          `the DNS provider ${JSON.stringify(options.provider)} is not known; there are ${Object.keys(PROVIDERS).join(' and ')}`,
        )
      }
      const records = open(env)
      const value = createHash('sha256').update(proof.keyAuthorization).digest('base64url')
      const fqdn = await followAliases(`_acme-challenge.${proof.name}`, options)
      const record = { fqdn: `${fqdn}.`, value, proof }
      await records.set(record)
      try {
        await new Propagation(options, records).untilVisible(fqdn, value)
      } catch (error) {
        await records.remove(record)
        throw error
      }
      return () => records.remove(record)
    },
  }
}
