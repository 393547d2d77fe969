import { makeSelfSigned } from '../../src/control/certificates/self-signed.ts'

/** The name of a certificate; the load asks for them in turn. */
const nameOf = (index: number): string => `host-${index}.bench.test`

/** As a provider says it: files or, as here, the texts themselves. */
interface Pair {
  readonly certFile: string
  readonly keyFile: string
}

function pairFor(name: string): Pair {
  const { cert, key } = makeSelfSigned('bench', name)
  return { certFile: cert, keyFile: key }
}

/** One certificate that holds all names of the load. */
export const oneCertificate = (): readonly Pair[] => [pairFor('*.bench.test')]

/** A certificate for each name. */
export const certificatesFor = (count: number): readonly Pair[] => Array.from({ length: count }, (_, index) => pairFor(nameOf(index)))

/** A configuration that answers everything over TLS by itself, with these certificates. */
export function dynamicWith(certificates: readonly Pair[]): object {
  return { http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'whoami@internal', tls: {} } } }, tls: { certificates } }
}
