import type { Path } from '../findings/finding.ts'
import { elementPath } from './element.ts'
import type { Break } from './graph.ts'
import type { Layers } from './router-layers.ts'

/** What keeps routers from working together. */
export interface LayerFaults {
  /** Children whose references lead nowhere. */
  readonly breaks: readonly Break<Path>[]
  /** Parents without a child that can be used. */
  readonly barren: readonly string[]
}

/** Follows the layers from the top to the bottom, and back up. Where one router cannot be used, only what needs it goes with it. */
export function findLayerFaults(layers: Layers, isUsable: (name: string) => boolean): LayerFaults {
  if (layers.refs.size === 0) return { breaks: [], barren: [] }
  const walk = new LayerWalk(layers, isUsable)
  walk.findUnknown()
  walk.findCircles()
  walk.findUnreachable()
  return { breaks: walk.breaks, barren: walk.findBarren() }
}

class LayerWalk {
  readonly breaks: Break<Path>[] = []
  readonly #layers: Layers
  readonly #isUsable: (name: string) => boolean
  /** Children that broke here. */
  readonly #broken = new Set<string>()
  readonly #roots: readonly string[]

  constructor(layers: Layers, isUsable: (name: string) => boolean) {
    this.#layers = layers
    this.#isUsable = isUsable
    this.#roots = [...layers.children.keys()].filter((name) => !layers.refs.has(name))
  }

  findUnknown(): void {
    const { refs, copies } = this.#layers
    for (const [child, names] of refs) {
      if (!this.#works(child)) continue
      for (const [index, name] of names.entries()) if (!copies.has(name)) this.#break(child, index, 'unknown')
    }
  }

  /** Begins at the top, so that of a circle with a way in the router where it closes is told. */
  findCircles(): void {
    const seen = new Set<string>()
    for (const name of [...this.#roots, ...this.#layers.children.keys()]) if (!seen.has(name)) this.#descend(name, [], seen)
  }

  #descend(name: string, above: readonly string[], seen: Set<string>): void {
    seen.add(name)
    const trail = [...above, name]
    for (const child of this.#childrenOf(name)) {
      if (!this.#works(name) || !this.#works(child)) continue
      const start = trail.indexOf(child)
      if (start !== -1) this.#closeCircle([...trail.slice(start), child])
      else if (!seen.has(child)) this.#descend(child, trail, seen)
    }
  }

  #closeCircle(circle: readonly string[]): void {
    const child = circle.at(-1) as string
    const last = circle.at(-2) as string
    const { refs, copies } = this.#layers
    const index = (refs.get(child) ?? []).findIndex((name) => copies.get(name)?.includes(last))
    this.#broken.add(child)
    const path = elementPath('routers', child)
    const names = circle.map((name) => elementPath('routers', name))
    this.breaks.push({ element: path, why: 'cycle', reference: this.#reference(child, index), circle: names })
  }

  findUnreachable(): void {
    const { refs } = this.#layers
    const reached = new Set(this.#roots.filter((name) => this.#works(name)))
    // A set that grows while it is walked is walked to its new end.
    for (const name of reached) for (const child of this.#childrenOf(name)) if (this.#works(child)) reached.add(child)
    for (const [child, names] of refs) {
      if (reached.has(child) || !this.#works(child)) continue
      for (const index of names.keys()) this.#break(child, index, 'broken')
    }
  }

  findBarren(): string[] {
    const known = new Map<string, boolean>()
    const answers = (name: string): boolean => {
      const children = this.#layers.children.get(name)
      const answer = known.get(name) ?? (this.#works(name) && (children === undefined || children.some(answers)))
      known.set(name, answer)
      return answer
    }
    return [...this.#layers.children.keys()].filter((name) => this.#works(name) && !answers(name))
  }

  #works(name: string): boolean {
    return !this.#broken.has(name) && this.#isUsable(name)
  }

  #childrenOf(name: string): readonly string[] {
    return this.#layers.children.get(name) ?? []
  }

  #break(child: string, index: number, why: 'unknown' | 'broken'): void {
    this.#broken.add(child)
    this.breaks.push({ element: elementPath('routers', child), why, reference: this.#reference(child, index) })
  }

  #reference(child: string, index: number): Break<Path>['reference'] {
    const name = this.#layers.refs.get(child)?.[index] ?? ''
    return { kind: 'routers', name, to: elementPath('routers', name), place: ['parentRefs', index] }
  }
}
