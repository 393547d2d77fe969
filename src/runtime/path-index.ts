/**
 * Lists of items by path, in a tree whose branches share the beginnings of paths:
 *
 *     '' ── '/a' ─┬─ 'pi/'       the node of /api/
 *                 └─ 'ssets'     the node of /assets
 *
 * A search takes as long as the path has characters, however many paths there are.
 */
export class PathIndex<T> {
  readonly #root = new PathNode<T>('', 0, undefined)

  /** Adds an item for one path. */
  addPath(path: string, item: T): void {
    this.#nodeOf(path).own.push(item)
  }

  /** Adds an item for all paths that start with `prefix`. */
  addPrefix(prefix: string, item: T): void {
    this.#nodeOf(prefix).below.push(item)
  }

  /** The node of the longest known beginning of the path; those of the shorter ones are its parents. */
  find(path: string): PathNode<T> {
    let node = this.#root
    while (node.depth < path.length) {
      const child: PathNode<T> | undefined = node.children?.get(path.charCodeAt(node.depth))
      if (child === undefined || !path.startsWith(child.label, node.depth)) return node
      node = child
    }
    return node
  }

  #nodeOf(path: string): PathNode<T> {
    let node = this.#root
    while (node.depth < path.length) node = node.childTowards(path)
    return node
  }
}

/** A beginning of paths. */
export class PathNode<T> {
  /** What it adds to its parent. */
  label: string
  /** Length of the whole beginning. */
  readonly depth: number
  parent: PathNode<T> | undefined
  /** Items for the path that is just this. */
  readonly own: T[] = []
  /** Items for every path that starts with this. */
  readonly below: T[] = []
  /** By the first character of their labels. */
  children: Map<number, PathNode<T>> | undefined = undefined

  constructor(label: string, depth: number, parent: PathNode<T> | undefined) {
    this.label = label
    this.depth = depth
    this.parent = parent
  }

  /** The child on the way to a longer path, made where there is none. */
  childTowards(path: string): PathNode<T> {
    const child = this.children?.get(path.charCodeAt(this.depth))
    if (child === undefined) return this.#adopt(new PathNode<T>(path.slice(this.depth), path.length, this))
    const shared = sharedLength(child.label, path, this.depth)
    if (shared === child.label.length) return child
    const middle = this.#adopt(new PathNode<T>(child.label.slice(0, shared), this.depth + shared, this))
    child.label = child.label.slice(shared)
    child.parent = middle
    middle.#adopt(child)
    return middle
  }

  #adopt(child: PathNode<T>): PathNode<T> {
    this.children ??= new Map()
    this.children.set(child.label.charCodeAt(0), child)
    return child
  }
}

function sharedLength(label: string, path: string, from: number): number {
  let length = 0
  while (length < label.length && label.charCodeAt(length) === path.charCodeAt(from + length)) length++
  return length
}
