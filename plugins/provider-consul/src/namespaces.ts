import { type CompleteMessage, dotted, type Finding, type Path } from 'gateway/provider'

type Tree = Record<string, unknown>

/** Makes one message of those of several namespaces; of two elements with one name the first stays, and the other is a finding. */
export function joinNamespaces(messages: readonly CompleteMessage[]): CompleteMessage {
  const [first, ...others] = messages
  if (first === undefined) throw new TypeError('there is no namespace')
  return others.reduce((joined, message) => new Joined(joined, message), first)
}

class Joined implements CompleteMessage {
  readonly configuration: Tree = {}
  readonly findings: Finding[]
  readonly #one: CompleteMessage
  readonly #other: CompleteMessage
  /** Where an element of the other one has gone: the place in it. */
  readonly #moved = new Map<string, Path>()

  constructor(one: CompleteMessage, other: CompleteMessage) {
    this.#one = one
    this.#other = other
    this.findings = [...one.findings, ...other.findings]
    for (const [root, section] of Object.entries(one.configuration as Tree)) this.configuration[root] = copyOf(section)
    for (const [root, section] of Object.entries(other.configuration as Tree)) this.#addSection(root, section)
  }

  readonly locate = (path: Path) => {
    const moved = this.#moved.get(placeOf(path.slice(0, 3)))
    return moved === undefined ? this.#one.locate(path) : this.#other.locate([...moved, ...path.slice(3)])
  }

  #addSection(root: string, section: unknown): void {
    const present = this.configuration[root]
    if (!isTree(section)) this.configuration[root] ??= section
    else if (present === undefined || isTree(present)) {
      const kinds = present ?? {}
      this.configuration[root] = kinds
      for (const [kind, elements] of Object.entries(section)) kinds[kind] = this.#joined([root, kind], kinds[kind], elements)
    }
  }

  #joined(place: Path, present: unknown, added: unknown): unknown {
    if (Array.isArray(added) && (present === undefined || Array.isArray(present))) {
      const before: unknown[] = present ?? []
      for (const index of added.keys()) this.#moved.set(placeOf([...place, before.length + index]), [...place, index])
      return [...before, ...added]
    }
    if (!isTree(added) || (present !== undefined && !isTree(present))) return present ?? added
    const elements: Tree = { ...present }
    const names = new Set(Object.keys(elements).map((name) => name.toLowerCase()))
    for (const [name, element] of Object.entries(added)) {
      const path = [...place, name]
      if (names.has(name.toLowerCase())) this.findings.push(this.#conflict(path))
      else {
        elements[name] = element
        this.#moved.set(placeOf(path), path)
      }
    }
    return elements
  }

  #conflict(path: Path): Finding {
    const source = this.#other.locate(path)
    return {
      code: 'GTW_CONFLICT',
      severity: 'warning',
      message: `${dotted(path)} stands in two namespaces; the first one is used`,
      path: dotted(path),
      ...(source === undefined ? {} : { source }),
    }
  }
}

/** Sections and their kinds are written to; elements are not. */
function copyOf(section: unknown): unknown {
  return isTree(section) ? { ...section } : section
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function placeOf(path: Path): string {
  return JSON.stringify(path)
}
