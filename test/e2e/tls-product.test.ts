import type { ConnectionOptions } from 'node:tls'
import { expect } from 'vitest'
import { CIPHER_SUITES, isAvailableSuite, TLS_GROUPS, toGroupList } from '../../src/tls/names.ts'
import { inBatches } from '../harness/batches.ts'
import { Random } from '../harness/random.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { handshake } from '../harness/tls-client.ts'
import { outcomeOf, type TlsOffer, type TlsOptionSet } from '../harness/tls-model.ts'
import { describe, fits, TlsObserver } from '../harness/tls-observer.ts'
import {
  hostOf,
  type ModelCertificates,
  makeModelCertificates,
  OFFERS,
  optionAxes,
  pick,
  product,
  RANGES,
  startWith,
  USUAL_OFFERS,
  wideAxes,
} from '../harness/tls-product.ts'

const AT_ONCE = 16
const SEED = 20

/** What happens at least once: a test of refusals alone would prove little. */
const KINDS = [
  'TLSv1.2',
  'TLSv1.3',
  'certificate_required',
  'closed',
  'handshake_failure',
  'illegal_parameter',
  'no_application_protocol',
  'protocol_version',
  'unrecognized_name',
]

/** Every one of these options is asked by clients with these offers, in one gateway: what is not as the model says, and what happened. */
async function confront(
  sets: readonly TlsOptionSet[],
  certificates: ModelCertificates,
  offers: () => readonly TlsOffer[],
  workers = 1,
): Promise<{ wrong: string[]; kinds: Set<string> }> {
  await using gateway = await startWith(sets, certificates, workers)
  const observer = new TlsObserver(certificates)
  const wrong: string[] = []
  const kinds = new Set<string>()
  const asked = sets.flatMap((options, index) => offers().map((offer) => ({ options, index, offer })))
  await inBatches(asked, AT_ONCE, async ({ options, index, offer }) => {
    const expected = outcomeOf(options, offer)
    kinds.add('refused' in expected ? expected.refused.join(' or ') : expected.version)
    const seen = await observer.observe(gateway.port, hostOf(index, offer.name), offer)
    if (!fits(seen, expected)) wrong.push(`${JSON.stringify({ options, offer })}\n  ${describe(seen)}\n  instead of ${describe(expected)}`)
  })
  return { wrong, kinds }
}

needs(
  ['openssl'],
  'every combination of versions, suites, groups, client certificates, strictness, protocols and tickets is answered as specified',
  async () => {
    await using folder = await temporaryFolder()
    const certificates = makeModelCertificates(folder)
    const random = new Random(SEED)
    const happened = new Set<string>()
    for (const range of RANGES) {
      const sets = product(optionAxes(certificates.caFiles)).map((set) => ({ ...range, ...set }))
      expect(sets).toHaveLength(960)
      const { wrong, kinds } = await confront(sets, certificates, () => [pick(USUAL_OFFERS, random), pick(OFFERS, random)])
      expect(wrong).toEqual([])
      for (const kind of kinds) happened.add(kind)
    }
    expect([...happened]).toEqual(expect.arrayContaining(KINDS))
  },
  300_000,
)

for (const workers of [1, 4]) {
  needs(
    ['openssl'],
    `old versions, options that are broken and rare values are answered as specified, with ${workers} workers`,
    async () => {
      await using folder = await temporaryFolder()
      const certificates = makeModelCertificates(folder)
      const random = new Random(SEED + workers)
      const sets = Array.from({ length: 800 }, () => pick(wideAxes(certificates.caFiles), random))
      const offers = () => [pick(USUAL_OFFERS, random), pick(OFFERS, random), pick(OFFERS, random)]
      const { wrong, kinds } = await confront(sets, certificates, offers, workers)
      expect(wrong).toEqual([])
      expect([...kinds]).toEqual(expect.arrayContaining([...KINDS, 'TLSv1', 'TLSv1.1']))
    },
    120_000,
  )
}

needs(
  ['openssl'],
  'every name of a suite and of a curve means what it says, and suites that the library lacks close the connection',
  async () => {
    await using folder = await temporaryFolder()
    const certificates = makeModelCertificates(folder)
    const sets = [
      ...CIPHER_SUITES.map((name) => ({
        name,
        options: isOf13(name) ? {} : { maxVersion: 'VersionTLS12' as const, cipherSuites: [name] },
      })),
      ...TLS_GROUPS.map((name) => ({ name, options: { minVersion: 'VersionTLS13' as const, curvePreferences: [name] } })),
    ]
    await using gateway = await startWith(
      sets.map(({ options }) => options),
      certificates,
    )
    for (const [index, { name, options }] of sets.entries()) {
      const servername = hostOf(index, name.includes('_RSA_') ? 'rsa' : 'ecdsa')
      const group = toGroupList([name])
      const ciphers = isOf13(name) ? name : 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'
      const offer = 'curvePreferences' in options ? { ecdhCurve: group } : { ciphers, maxVersion: isOf13(name) ? 'TLSv1.3' : 'TLSv1.2' }
      const shaken = handshake(gateway.port, { servername, ...offer } as ConnectionOptions)
      if (!TLS_GROUPS.includes(name) && !isAvailableSuite(name)) {
        await expect(shaken, name).rejects.toThrow()
        continue
      }
      const socket = await shaken
      // Two suites have an older name, too.
      if (TLS_GROUPS.includes(name)) expect(`${name} ${socket.getProtocol()}`).toBe(`${name} TLSv1.3`)
      else expect(socket.getCipher().standardName).toBe(name.replace(/POLY1305$/, 'POLY1305_SHA256'))
      socket.destroy()
    }
  },
)

function isOf13(name: string): boolean {
  return !name.includes('_WITH_')
}
