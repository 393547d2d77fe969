import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { request } from './http-client.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { temporaryFolder } from './temp.ts'

/** Keys with their values. */
export type Pairs = Readonly<Record<string, string>>

export interface EtcdOptions {
  /** How many members the cluster has. */
  readonly members?: number
  /** The first member then also speaks TLS, at its `securePort`, and asks its clients for a certificate of this authority. */
  readonly tls?: Certificate & { readonly clientAuthority: string }
}

/** Starts a real etcd on free ports of 127.0.0.1, with its data in a temporary folder. */
export async function startEtcd({ members: count = 1, tls }: EtcdOptions = {}): Promise<EtcdCluster> {
  const folder = await temporaryFolder()
  const ports = []
  for (let index = 0; index < count; index++) ports.push({ client: await freePort(), peer: await freePort(), secure: await freePort() })
  const initial = ports.map(({ peer }, index) => `m${index}=http://127.0.0.1:${peer}`).join(',')
  const members = ports.map(({ client, peer, secure }, index) => {
    const addresses = { client: `http://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` }
    const secureArgs = tls && ['--cert-file', tls.certFile, '--key-file', tls.keyFile, '--trusted-ca-file', tls.clientAuthority]
    return new EtcdMember({ port: client, securePort: secure }, [
      ...['--name', `m${index}`, '--data-dir', join(folder.path, `m${index}`), '--logger', 'zap', '--log-level', 'error'],
      ...['--listen-client-urls', tls ? `${addresses.client},https://127.0.0.1:${secure}` : addresses.client],
      ...['--advertise-client-urls', addresses.client, '--listen-peer-urls', addresses.peer],
      ...['--initial-advertise-peer-urls', addresses.peer, '--initial-cluster', initial, '--max-txn-ops', '10000'],
      ...(secureArgs ? [...secureArgs, '--client-cert-auth'] : []),
    ])
  })
  const cluster = new EtcdCluster(members, () => folder[Symbol.asyncDispose]())
  try {
    await Promise.all(members.map((member) => member.start()))
    await cluster.ready()
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

/** One process of etcd, which can be killed and started again with the data that it has. */
export class EtcdMember {
  readonly port: number
  readonly securePort: number
  readonly #args: readonly string[]
  #process: RunningProcess | undefined

  constructor({ port, securePort }: { readonly port: number; readonly securePort: number }, args: readonly string[]) {
    this.port = port
    this.securePort = securePort
    this.#args = args
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.#process ??= await startProcess('etcd', this.#args, { ready: this.port })
  }

  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.stop('SIGKILL')
  }

  /** Calls the JSON interface, which etcd has beside the one that the provider speaks. */
  async call<Answer>(method: string, body: object, token?: string): Promise<Answer> {
    const headers = token === undefined ? {} : { authorization: token }
    const answer = await request(`http://${this.endpoint}/v3/${method}`, { method: 'POST', body: JSON.stringify(body), headers })
    if (answer.status !== 200) throw new Error(`etcd answered ${answer.status}: ${answer.text}`)
    return JSON.parse(answer.text)
  }
}

/** The members that were started together. */
export class EtcdCluster implements AsyncDisposable {
  readonly members: readonly EtcdMember[]
  readonly #removeFolder: () => PromiseLike<void>

  constructor(members: readonly EtcdMember[], removeFolder: () => PromiseLike<void>) {
    this.members = members
    this.#removeFolder = removeFolder
  }

  get endpoints(): string[] {
    return this.members.map(({ endpoint }) => endpoint)
  }

  get first(): EtcdMember {
    return this.members[0] as EtcdMember
  }

  /** Resolves when the cluster has a leader and answers. */
  async ready(member = this.first): Promise<void> {
    const isUp = (): Promise<boolean> =>
      member.call('kv/range', { key: encoded('x') }).then(
        () => true,
        () => false,
      )
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Whether a member is the one that leads. */
  async leads(member: EtcdMember): Promise<boolean> {
    const { header, leader } = await member.call<{ header: { member_id: string }; leader: string }>('maintenance/status', {})
    return header.member_id === leader
  }

  /** Sets and deletes keys at once; answers the revision of the store. */
  async change(puts: Pairs, deletes: readonly string[] = [], { member = this.first, token = undefined as string | undefined } = {}) {
    const success = [
      ...Object.entries(puts).map(([key, value]) => ({ requestPut: { key: encoded(key), value: encoded(value) } })),
      ...deletes.map((key) => ({ requestDeleteRange: { key: encoded(key) } })),
    ]
    const { header } = await member.call<{ header: { revision: string } }>('kv/txn', { success }, token)
    return header.revision
  }

  /** Makes these keys, and no others, stand below a root. */
  async replace(root: string, pairs: Pairs): Promise<void> {
    const range = { key: encoded(`${root}/`), rangeEnd: encoded(`${root}0`), keysOnly: true }
    const { kvs = [] } = await this.first.call<{ kvs?: { key: string }[] }>('kv/range', range)
    const keys = kvs.map(({ key }) => Buffer.from(key, 'base64').toString())
    await this.change(
      pairs,
      keys.filter((key) => !(key in pairs)),
    )
  }

  /** Forgets the history up to a revision. */
  async compact(revision: string): Promise<void> {
    await this.first.call('kv/compaction', { revision, physical: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()))
    await this.#removeFolder()
  }
}

/** The keys that say a tree, all values of which are strings. */
export function pairsOf(root: string, tree: unknown): Record<string, string> {
  if (typeof tree !== 'object' || tree === null) return { [root]: String(tree) }
  return Object.assign({}, ...Object.entries(tree).map(([key, value]) => pairsOf(`${root}/${key}`, value)))
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64')
}
