/** A key as etcd says it. */
export interface KeyValue {
  readonly key: Buffer
  readonly value: Buffer
  readonly mod_revision: string
}

/** A change as etcd says it. */
export interface Change {
  readonly type: 'Put' | 'Delete' | 'PUT' | 'DELETE'
  readonly kv: KeyValue
}

/** What tells in a few octets whether two views of the same keys are equal. */
export interface Facts {
  /** Of the whole store, when the facts were true. */
  readonly revision: bigint
  readonly count: number
  /** The latest change among the keys that there are; 0 without any. */
  readonly newest: bigint
}

/** The keys below the root as they stand in etcd, kept up by what the watch says. */
export class Mirror {
  readonly #keys = new Map<string, { readonly value: string; readonly revision: bigint }>()
  /** The latest revision that is known of. */
  #latest: bigint

  constructor(revision: bigint, keys: readonly KeyValue[]) {
    this.#latest = revision
    for (const kv of keys) this.#put(kv)
  }

  get pairs(): Map<string, string> {
    return new Map([...this.#keys].map(([key, { value }]) => [key, value]))
  }

  /** Takes changes in the order in which they happened. */
  apply(changes: readonly Change[]): void {
    for (const { type, kv } of changes) {
      if (type.toLowerCase() === 'delete') this.#keys.delete(kv.key.toString())
      else this.#put(kv)
      const revision = BigInt(kv.mod_revision)
      if (revision > this.#latest) this.#latest = revision
    }
  }

  /** Whether these are the keys of which the facts tell, or later ones. */
  isUpTo({ revision, count, newest }: Facts): boolean {
    if (this.#latest > revision) return true
    let own = 0n
    for (const { revision } of this.#keys.values()) if (revision > own) own = revision
    return count === this.#keys.size && newest === own
  }

  #put({ key, value, mod_revision }: KeyValue): void {
    this.#keys.set(key.toString(), { value: value.toString(), revision: BigInt(mod_revision) })
  }
}
