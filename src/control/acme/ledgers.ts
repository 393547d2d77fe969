import { AtomicFile } from './atomic-file.ts'
import { type Ledger, NEW_LEDGER, readLedgers } from './ledger.ts'

/** Where the ledgers of a storage are kept. */
export const ledgerPath = (storage: string): string => `${storage}.ledger`

/** The file with what resolvers remember, beside their storage. It holds nothing that is secret. */
export class Ledgers {
  readonly #file: AtomicFile
  #ledgers = new Map<string, Ledger>()

  constructor(storage: string) {
    this.#file = new AtomicFile(ledgerPath(storage))
  }

  async load(): Promise<void> {
    this.#ledgers = readLedgers((await this.#file.read()) || '{}')
  }

  of(resolver: string): Ledger {
    return this.#ledgers.get(resolver) ?? NEW_LEDGER
  }

  /** Resolves when it is on the disk: whoever places an order waits for that. */
  async update(resolver: string, change: (ledger: Ledger) => Ledger): Promise<void> {
    const before = this.of(resolver)
    const after = change(before)
    if (after === before) return
    this.#ledgers.set(resolver, after)
    await this.#file.write(`${JSON.stringify(Object.fromEntries(this.#ledgers), undefined, 2)}\n`)
  }
}
