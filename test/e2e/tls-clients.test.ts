import { expect } from 'vitest'
import { inBatches } from '../harness/batches.ts'
import { visit } from '../harness/chromium.ts'
import { Random } from '../harness/random.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { askCurl, askOpenssl, type Target } from '../harness/tls-commands.ts'
import { type Alert, type Outcome, outcomeOf, type TlsOffer, type TlsOptionSet } from '../harness/tls-model.ts'
import { describe, fits } from '../harness/tls-observer.ts'
import {
  type Axes,
  hostOf,
  makeModelCertificates,
  OFFERS,
  optionAxes,
  pick,
  RANGES,
  startWith,
  USUAL_OFFERS,
  wideAxes,
} from '../harness/tls-product.ts'

const COMBINATIONS = 120
const AT_ONCE = 4
const SEED = 5

/** Today's OpenSSL on many systems knows no hybrid groups. */
const GROUPS = { groups: [['X25519', 'P-256', 'P-384'], ['P-256', 'X25519'], ['X25519'], ['P-384']] }

const clients: readonly {
  readonly command: string
  readonly axes: Partial<Axes<TlsOffer>>
  readonly ask: (offer: TlsOffer, target: Target) => Promise<Outcome | Omit<Outcome, 'group' | 'resumes'>>
}[] = [
  { command: 'openssl', axes: GROUPS, ask: askOpenssl },
  // HTTP/2 is always offered together with HTTP/1.1.
  { command: 'curl', axes: { ...GROUPS, protocols: [['h2', 'http/1.1'], ['http/1.1'], []] }, ask: askCurl },
]

for (const { command, axes, ask } of clients) {
  needs(
    ['openssl', command],
    `combinations of TLS options are answered as specified to ${command}`,
    async () => {
      await using folder = await temporaryFolder()
      const certificates = makeModelCertificates(folder)
      const random = new Random(SEED)
      const usual = (): TlsOptionSet => ({ ...random.pick(RANGES), ...pick(optionAxes(certificates.caFiles), random) })
      const rare = (): TlsOptionSet => pick(wideAxes(certificates.caFiles), random)
      const sets = Array.from({ length: COMBINATIONS }, (_, index) => (index % 3 === 0 ? rare() : usual()))
      await using gateway = await startWith(sets, certificates, 2)
      const wrong: string[] = []
      const asked = sets.map((options, index) => ({
        options,
        index,
        offer: pick({ ...(index % 3 === 1 ? OFFERS : USUAL_OFFERS), ...axes }, random),
      }))
      await inBatches(asked, AT_ONCE, async ({ options, index, offer }) => {
        const expected = outcomeOf(options, offer)
        const seen = await ask(offer, { port: gateway.port, host: hostOf(index, offer.name), certificates, folder })
        const whole = 'refused' in seen ? seen : { ...expected, ...seen }
        if (!fits(whole, expected) && !isOvertaken(whole, expected))
          wrong.push(`${JSON.stringify({ options, offer })}\n  ${describe(whole)}\n  instead of ${describe(expected)}`)
      })
      expect(wrong).toEqual([])
    },
    120_000,
  )
}

/**
 * In TLS 1.3 a client is through with the handshake before it hears that its certificate is missing: what it sends then meets
 * a connection that is closed, and the reset may take the alert along.
 */
function isOvertaken(seen: Outcome | object, expected: Outcome): boolean {
  const isClosed = 'refused' in seen && (seen as { refused: readonly string[] }).refused.includes('closed')
  return isClosed && 'refused' in expected && expected.refused.includes('certificate_required')
}

/** What Chromium offers, as far as these combinations make a difference. */
const CHROMIUM: Omit<TlsOffer, 'name'> = {
  versions: ['TLSv1.2', 'TLSv1.3'],
  suites: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  groups: ['X25519MLKEM768', 'X25519', 'P-256', 'P-384'],
  protocols: ['h2', 'http/1.1'],
  certificate: 'none',
}

/** How it calls what the gateway tells it; a certificate that it lacks is not worth a word. */
const ERRORS: Partial<Record<Alert, readonly number[]>> = {
  handshake_failure: [-113],
  unrecognized_name: [-159],
  closed: [-100, -101],
}

const visits: readonly { readonly options: TlsOptionSet; readonly name: TlsOffer['name'] }[] = [
  { options: {}, name: 'ecdsa' },
  { options: {}, name: 'unheld' },
  { options: { maxVersion: 'VersionTLS12', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }, name: 'rsa' },
  { options: { minVersion: 'VersionTLS13', curvePreferences: ['CurveP384'], alpnProtocols: ['http/1.1'] }, name: 'ecdsa' },
  { options: { clientAuth: { clientAuthType: 'RequireAnyClientCert' } }, name: 'ecdsa' },
  { options: { maxVersion: 'VersionTLS12', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }, name: 'ecdsa' },
  { options: { sniStrict: true }, name: 'unheld' },
  { options: { minVersion: 'VersionTLS13', maxVersion: 'VersionTLS12' }, name: 'ecdsa' },
]

needs(
  ['openssl', 'chromium'],
  'a browser shows the page where the options allow it, and else names the reason that it was told',
  async () => {
    await using folder = await temporaryFolder()
    const certificates = makeModelCertificates(folder)
    await using gateway = await startWith(
      visits.map(({ options }) => options),
      certificates,
    )
    for (const [index, { options, name }] of visits.entries()) {
      const expected = outcomeOf(options, { ...CHROMIUM, name })
      const url = `https://${hostOf(index, name)}:${gateway.port}/`
      const { stdout, stderr } = await visit({ folder, certFiles: certificates.certFiles, url })
      const what = `${JSON.stringify(options)} ${describe(expected)}`
      expect([what, stdout.includes('Hostname: ')]).toEqual([what, !('refused' in expected)])
      const errors = 'refused' in expected ? expected.refused.flatMap((alert) => ERRORS[alert] ?? []) : []
      if (errors.length > 0) expect(errors).toContain(Number(/net_error (-\d+)/.exec(stderr)?.[1]))
    }
  },
  120_000,
)
