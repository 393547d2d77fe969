import type { RequestHead } from '../../http/request.ts'
import { plainAddress } from '../../http/trusted-ips.ts'
import { Fnv1a } from '../hash/fnv.ts'
import type { Member, Strategy } from '../member.ts'

/**
 * `hrw`: the address of the client decides. Each member draws a number from a hash of the address and its own name, and the
 * highest one, in proportion to the weight, wins: when a member goes, only its own clients move.
 */
export class HighestRandomWeight<M extends Member> implements Strategy<M> {
  readonly #members: readonly M[]
  readonly #names: readonly Uint8Array[]
  /** Used again for every request: the address is hashed once for all members. */
  readonly #client = new Fnv1a()
  readonly #hash = new Fnv1a()

  constructor(members: readonly M[]) {
    this.#members = members
    this.#names = members.map(({ name }) => Buffer.from(name))
  }

  pick(request: RequestHead): M | undefined {
    this.#client.reset()
    this.#client.writeText(plainAddress(request.peer.address))
    let chosen: M | undefined
    let highest = Number.NEGATIVE_INFINITY
    for (let index = 0; index < this.#members.length; index++) {
      const member = this.#members[index] as M
      if (!member.isUp()) continue
      const score = this.#scoreOf(index, member.weight)
      if (chosen !== undefined && score <= highest) continue
      highest = score
      chosen = member
    }
    return chosen
  }

  #scoreOf(index: number, weight: number): number {
    this.#hash.copy(this.#client)
    this.#hash.writeOctets(this.#names[index] as Uint8Array)
    return weight / -Math.log(this.#hash.share)
  }
}
