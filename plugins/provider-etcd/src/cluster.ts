import type { ChannelCredentials } from '@grpc/grpc-js'
import { type ClientTls, type ProviderContext, type ProviderLog, readClientTls } from 'gateway/provider'
import { Member, type MemberOptions } from './member.ts'
import type { EtcdOptions } from './options.ts'

interface Use {
  /** Ends the use of a member, whatever it does. */
  readonly signal: AbortSignal
  readonly log: ProviderLog
}

/** The members of a cluster, of which one is used at a time. */
export class Cluster {
  readonly #members: readonly MemberOptions[]
  #turn = 0

  constructor(members: readonly MemberOptions[]) {
    this.#members = members
  }

  /** Lets an action use one member after another, each once, until one does not fail; begins behind the one that failed last. */
  async each(action: (member: Member) => Promise<void>, { signal, log }: Use): Promise<void> {
    let failure: unknown
    for (let tried = 0; tried < this.#members.length && !signal.aborted; tried++) {
      const options = this.#members[this.#turn % this.#members.length] as MemberOptions
      try {
        return await use(options, action, signal)
      } catch (error) {
        failure = error
        this.#turn++
        if (!signal.aborted) log.debug('a member of etcd failed', { address: options.address, error: (error as Error).message })
      }
    }
    throw failure
  }
}

async function use(options: MemberOptions, action: (member: Member) => Promise<void>, signal: AbortSignal): Promise<void> {
  using member = new Member(options)
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    // A call that hangs must not hold up the end.
    await Promise.race([action(member), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Loads the client library and makes ready what the members have in common; connects to none yet. */
export async function connectTo({ options, log }: Pick<ProviderContext<EtcdOptions>, 'options' | 'log'>): Promise<Cluster> {
  const { endpoints, username = '', password = '', tls } = options
  const [{ Etcd3 }, { Channel, InterceptingCall, credentials }] = await Promise.all([import('etcd3'), import('@grpc/grpc-js')])
  const clientTls = isSecure(options) ? await readClientTls(tls ?? { insecureSkipVerify: false }, log) : undefined
  const common = {
    library: { Etcd3, Channel, InterceptingCall },
    credentials: clientTls ? secure(clientTls, credentials) : credentials.createInsecure(),
    user: username === '' ? undefined : { name: username, password },
  }
  return new Cluster(endpoints.map((endpoint) => ({ ...common, address: endpoint.replace(/^https?:\/\/|\/$/g, '') })))
}

function isSecure({ endpoints, tls }: EtcdOptions): boolean {
  const secured = endpoints.filter((endpoint) => endpoint.startsWith('https:')).length
  if (secured > 0 && secured < endpoints.length)
    throw new Error('the option `endpoints` mixes https with other addresses: say all in one way')
  if (tls !== undefined && endpoints.some((endpoint) => endpoint.startsWith('http:'))) {
    throw new Error('the option `tls` is set, and `endpoints` says http')
  }
  return secured > 0 || tls !== undefined
}

function secure(
  { ca, cert, key, rejectUnauthorized }: ClientTls,
  { createSsl }: { readonly createSsl: typeof ChannelCredentials.createSsl },
) {
  return createSsl(bufferOf(ca), bufferOf(key), bufferOf(cert), { rejectUnauthorized })
}

function bufferOf(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text)
}
