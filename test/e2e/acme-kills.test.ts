import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { dynamicOf, router, shownFor, untilShown } from '../harness/acme-gateway.ts'
import { startCommand } from '../harness/command-line.ts'
import { type Pebble, startPebble } from '../harness/pebble.ts'
import { freePort } from '../harness/ports.ts'
import type { RunningProcess } from '../harness/process.ts'
import { Random } from '../harness/random.ts'
import { needs } from '../harness/services.ts'
import { type TemporaryFolder, temporaryFolder } from '../harness/temp.ts'

const SEED = 20_260_101
/** How often a whole gateway is killed: each costs a start, which takes most of a second of one core. */
const KILLS = process.env.CI === 'true' ? 200 : 70
/** So many gateways run at the same time. */
const AT_ONCE = 2
/** A storage that has placed fifty orders within ten minutes is left alone: long before that, the next one begins. */
const KILLS_OF_STORAGE = 35
/** What a week allows for one set of names. */
const ORDERS_OF_NAMES = 5

/** Everything that may ever be there: nothing piles up, whenever the end comes. */
const FILES = ['acme.json', 'acme.json.ledger'].flatMap((name) => [name, `${name}.new`, `${name}.previous`, `${name}.previous.new`])
const ALLOWED = new Set([...FILES, 'acme.json.lock', 'acme.json.lock.gone'])

/** What has to survive. */
interface Kept {
  readonly account: string | undefined
  /** By name. */
  readonly certificates: ReadonlyMap<string, string>
  /** When orders were placed, by name. */
  readonly orders: ReadonlyMap<string, number>
}

const NOTHING: Kept = { account: undefined, certificates: new Map(), orders: new Map() }

/** The files of a storage, each of which is whole or not there. */
function keptIn({ path }: TemporaryFolder): Kept {
  const stored = wholeJson(join(path, 'acme.json'))?.le
  const ledger = wholeJson(join(path, 'acme.json.ledger'))?.le
  return {
    account: stored?.Account?.Registration.uri,
    certificates: new Map(stored?.Certificates.map(({ domain, certificate, key }) => [domain.main, certificate + key])),
    orders: new Map(Object.entries(ledger?.sets ?? {}).map(([name, { orders }]) => [name, orders.length])),
  }
}

interface Written {
  readonly le?: {
    readonly Account?: { readonly Registration: { readonly uri: string } } | null
    readonly Certificates: readonly { readonly domain: { readonly main: string }; readonly certificate: string; readonly key: string }[]
    readonly sets?: Readonly<Record<string, { readonly orders: readonly number[] }>>
  }
}

function wholeJson(file: string): Written | undefined {
  if (!existsSync(file)) return undefined
  expect(statSync(file).mode & 0o777).toBe(0o600)
  return JSON.parse(readFileSync(file, 'utf8')) as Written
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0)
const ordersAt = (pebble: Pebble): number => pebble.log().match(/Added order/g)?.length ?? 0

/** One authority, and one gateway after the other that is killed. */
class Lane {
  readonly #pebble: Pebble
  readonly #secure: number
  readonly #random: Random
  /** How often the end came between an order and its certificate. */
  interrupted = 0
  /** How long it takes from the first configuration to the certificate. */
  #issueMs = 1_000
  #names = 0
  /** Orders of storages before this one. */
  #ordersBefore = 0

  constructor(pebble: Pebble, secure: number, random: Random) {
    this.#pebble = pebble
    this.#secure = secure
    this.#random = random
  }

  /** Kills so many gateways that share a storage; then one lives, and has all that came before and one more certificate. */
  async run(kills: number): Promise<void> {
    await using folder = await temporaryFolder()
    let kept = NOTHING
    for (let kill = 0; kill < kills; kill++) {
      const names = this.#wanted(kept)
      await this.#kill(folder, names)
      kept = this.#check(folder, kept)
      const [newest = ''] = names.slice(-1)
      if (kept.orders.has(newest) && !kept.certificates.has(newest)) this.interrupted++
    }
    await this.#live(folder, kept)
    this.#ordersBefore += sum(this.#check(folder, kept).orders.values())
  }

  /** What there is, and one more name: the same one until it has its certificate, or its orders are used up. */
  #wanted({ certificates, orders }: Kept): readonly string[] {
    const current = `n${this.#names}.test`
    if (certificates.has(current) || orders.get(current) === ORDERS_OF_NAMES) this.#names++
    return [...certificates.keys(), `n${this.#names}.test`]
  }

  async #kill(folder: TemporaryFolder, names: readonly string[]): Promise<void> {
    const gateway = await this.#start(folder, names)
    // One in four ends while it starts, which takes longest; the others while there is something to write.
    if (this.#random.chance(0.25)) await pause(this.#random.below(600))
    else {
      await gateway.printed(/configuration 1 is live/)
      await pause(this.#random.below(this.#issueMs * 1.5))
    }
    await gateway.stop('SIGKILL')
  }

  /** Nothing that was there is lost, and no order was placed that is not on record. */
  #check(folder: TemporaryFolder, before: Kept): Kept {
    const after = keptIn(folder)
    const names = readdirSync(folder.path).filter((name) => name.startsWith('acme.json'))
    expect(names.filter((name) => !ALLOWED.has(name))).toEqual([])
    for (const name of names) expect([name, statSync(join(folder.path, name)).mode & 0o777]).toEqual([name, 0o600])
    if (before.account !== undefined) expect(after.account).toBe(before.account)
    for (const [name, certificate] of before.certificates) expect(after.certificates.get(name), name).toBe(certificate)
    for (const [name, orders] of before.orders) expect(after.orders.get(name), name).toBeGreaterThanOrEqual(orders)
    expect(Math.max(0, ...after.orders.values())).toBeLessThanOrEqual(ORDERS_OF_NAMES)
    expect(ordersAt(this.#pebble)).toBeLessThanOrEqual(this.#ordersBefore + sum(after.orders.values()))
    return after
  }

  async #live(folder: TemporaryFolder, kept: Kept): Promise<void> {
    const fresh = `fresh-${this.#names++}.test`
    await using gateway = await this.#start(folder, [...kept.certificates.keys(), fresh])
    await gateway.printed(/configuration 1 is live/)
    const begun = performance.now()
    await untilShown(this.#secure, fresh)
    this.#issueMs = performance.now() - begun
    for (const [name, certificate] of kept.certificates) {
      const { raw } = await shownFor(this.#secure, name)
      const [, served = ''] = /BEGIN CERTIFICATE-----\n([\s\S]+?)\n-----END/.exec(Buffer.from(certificate, 'base64').toString()) ?? []
      expect(raw.toString('base64')).toBe(served.replaceAll('\n', ''))
    }
    expect(keptIn(folder).certificates.has(fresh)).toBe(true)
  }

  async #start(folder: TemporaryFolder, names: readonly string[]): Promise<RunningProcess> {
    await folder.write('dynamic.yml', dynamicOf(names.map((name, index) => router(`r${index}`, `Host(\`${name}\`)`))))
    const acme = {
      caServer: this.#pebble.directory,
      caCertificates: [this.#pebble.caFile],
      storage: 'acme.json',
      keyType: 'EC256',
      tlsChallenge: {},
    }
    const configuration = {
      entryPoints: { websecure: { address: `127.0.0.1:${this.#secure}` } },
      providers: { file: { filename: 'dynamic.yml', watch: false } },
      certificatesResolvers: { le: { acme } },
    }
    await folder.write('gateway.yml', JSON.stringify(configuration))
    return startCommand(['serve', '--workers', '1'], { cwd: folder.path })
  }
}

needs(
  ['pebble', 'pebble-challtestsrv'],
  `gateways that are killed ${KILLS} times at any moment lose no account and no certificate, and place no order twice`,
  async () => {
    const lanes = Array.from({ length: AT_ONCE }, async (_, index) => {
      const secure = await freePort()
      await using pebble = await startPebble({ tlsPort: secure })
      const lane = new Lane(pebble, secure, new Random(SEED + index))
      for (let left = KILLS / AT_ONCE; left > 0; left -= KILLS_OF_STORAGE) await lane.run(Math.min(left, KILLS_OF_STORAGE))
      return lane.interrupted
    })
    // Otherwise nothing was ever under way when the end came.
    expect(sum(await Promise.all(lanes))).toBeGreaterThan(KILLS / 20)
  },
  600_000,
)
