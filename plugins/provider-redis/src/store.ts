import type { Clients } from './connect.ts'

const PAGE = 500

// K: events by key; the letters name the kinds of commands, of which $ (strings), g (generic) and x (expiry) change keys that hold text.
const NEEDED = 'K$gxe'
const WANTED = 'KEA'

/** What happens to the keys of one server below one root. */
export class Store implements Disposable {
  /** Rejects when a connection is lost. */
  readonly lost: Promise<never>
  readonly #clients: Clients
  readonly #pattern: string
  #changes = 0

  constructor(clients: Clients, rootKey: string) {
    this.#clients = clients
    this.#pattern = `${rootKey.replace(/\/+$/, '').replace(/[*?[\]\\]/g, '\\$&')}/*`
    const { promise, reject } = Promise.withResolvers<never>()
    this.lost = promise
    // Nobody may be waiting any more when it ends.
    this.lost.catch(() => {})
    for (const client of [clients.commands, clients.events]) {
      client.on('error', reject)
      client.on('end', () => reject(new Error('the connection to Redis was closed')))
    }
  }

  async open(): Promise<void> {
    const { commands, events } = this.#clients
    // A connection that fails says why by its event; the promise only says that it is closed.
    await Promise.race([this.lost, Promise.all([commands.connect(), events.connect()])])
  }

  /** Listens to changes; answers whether the server tells of them. */
  async listen(onChange: () => void): Promise<boolean> {
    const { commands, events } = this.#clients
    const isTelling = await allows(() => switchOn(commands))
    events.on('pmessage', () => {
      this.#changes++
      onChange()
    })
    const isHeard = await allows(() => events.psubscribe(`__keyspace@${commands.options.db ?? 0}__:${this.#pattern}`))
    return isTelling && isHeard
  }

  /** Reads all keys with their values, as they stood at one moment where the server tells of changes. */
  async read(): Promise<Map<string, string>> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#changes
      const pairs = await this.#scan()
      // Answered behind all that was told before it.
      await this.#clients.events.ping()
      if (this.#changes === before || attempt === ATTEMPTS) return pairs
    }
  }

  async #scan(): Promise<Map<string, string>> {
    const { commands } = this.#clients
    const keys = new Set<string>()
    let cursor = '0'
    do {
      const [next, page] = await commands.scan(cursor, 'MATCH', this.#pattern, 'COUNT', PAGE)
      for (const key of page) keys.add(key)
      cursor = next
    } while (cursor !== '0')
    return await this.#values([...keys])
  }

  /** What holds no text, and what is empty, says nothing. */
  async #values(keys: readonly string[]): Promise<Map<string, string>> {
    const pairs = new Map<string, string>()
    for (let start = 0; start < keys.length; start += PAGE) {
      const page = keys.slice(start, start + PAGE)
      const values = await this.#clients.commands.mget(page)
      for (const [index, key] of page.entries()) if (values[index]) pairs.set(key, values[index])
    }
    return pairs
  }

  [Symbol.dispose](): void {
    this.#clients.commands.disconnect()
    this.#clients.events.disconnect()
  }
}

/** A store that never rests is read all the same. */
const ATTEMPTS = 5

/** Makes the server tell of changes. */
async function switchOn(commands: Clients['commands']): Promise<void> {
  const [, flags = ''] = (await commands.config('GET', 'notify-keyspace-events')) as string[]
  if (isTellingEnough(flags)) return
  await commands.config('SET', 'notify-keyspace-events', [...new Set(flags + WANTED)].join(''))
}

/** Whether the server lets us do something; fails where the connection is lost. */
async function allows(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    // Refusals of the server have such a name.
    if ((error as Error).name === 'ReplyError') return false
    throw error
  }
}

function isTellingEnough(flags: string): boolean {
  // A stands for all kinds.
  return [...NEEDED].every((flag) => flags.includes(flag) || (flag !== 'K' && flags.includes('A')))
}
