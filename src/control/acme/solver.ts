import { generateKeyPairSync } from 'node:crypto'
import type { Authorization, crypto as LibraryCrypto } from 'acme-client'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import type { ChallengeBoard } from './challenges.ts'
import { dnsSolver } from './dns/dns-solver.ts'

/** The kinds of proof that we know (RFC 8555 §8, RFC 8737). */
type ChallengeType = 'http-01' | 'tls-alpn-01' | 'dns-01'

/** What is to be proven. */
export interface Proof {
  /** The name without `*.`. */
  readonly name: string
  readonly token: string
  /** The token with the thumbprint of the account (RFC 8555 §8.1). */
  readonly keyAuthorization: string
}

/** Something that proves control of a name. */
export interface Solver {
  readonly type: ChallengeType
  /** Milliseconds between the moment that all is ready and the request to check it. */
  readonly delayMs: number
  /** Resolves when the authority may look; what it resolves to cleans up. */
  present(proof: Proof): Promise<() => Promise<void> | void>
}

/** The ways of a resolver, the cheapest first. */
export function solversFor(options: AcmeOptions, board: ChallengeBoard, library: () => Promise<typeof LibraryCrypto>): readonly Solver[] {
  const { httpChallenge, tlsChallenge, dnsChallenge } = options
  return [
    ...(tlsChallenge === undefined ? [] : [tlsSolver(tlsChallenge.delay, board, library)]),
    ...(httpChallenge === undefined ? [] : [httpSolver(httpChallenge.delay, board)]),
    ...(dnsChallenge === undefined ? [] : [dnsSolver(dnsChallenge)]),
  ]
}

function httpSolver(delayMs: number, board: ChallengeBoard): Solver {
  return {
    type: 'http-01',
    delayMs,
    async present({ name, token, keyAuthorization }) {
      const { ready, withdraw } = board.presentHttp({ host: name, token, answer: keyAuthorization })
      await ready
      return withdraw
    },
  }
}

function tlsSolver(delayMs: number, board: ChallengeBoard, library: () => Promise<typeof LibraryCrypto>): Solver {
  return {
    type: 'tls-alpn-01',
    delayMs,
    async present({ name, keyAuthorization }) {
      const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const { createAlpnCertificate } = await library()
      const authorization = { identifier: { type: 'dns', value: name } } as Authorization
      const [, certificate] = await createAlpnCertificate(authorization, keyAuthorization, key)
      const { ready, withdraw } = board.presentTls({ names: [name], cert: certificate.toString(), key })
      await ready
      return withdraw
    },
  }
}
