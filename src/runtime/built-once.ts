import { BuildError } from './build-error.ts'

/** Where services of one kind are in the configuration, and how one is built. */
interface ServiceKind<Options, Built> {
  /** For instance `tcp.services`. */
  readonly path: string
  readonly options: Readonly<Record<string, Options>>
  readonly build: (name: string, options: Options) => Built
}

/** Builds services of one kind when they are asked for, each once however many use it. */
export class BuiltOnce<Options, Built> {
  readonly #kind: ServiceKind<Options, Built>
  readonly #built = new Map<string, Built | BuildError>()

  constructor(kind: ServiceKind<Options, Built>) {
    this.#kind = kind
  }

  /** Throws what is wrong with it, every time. */
  get(name: string): Built {
    const built = this.#built.get(name) ?? this.#build(name)
    this.#built.set(name, built)
    if (built instanceof BuildError) throw built
    return built
  }

  #build(name: string): Built | BuildError {
    const { options, build, path: kind } = this.#kind
    const own = options[name]
    const path = `${kind}.${name}`
    if (own === undefined) return new BuildError(path, 'GTW_UNKNOWN_SERVICE', `the service "${name}" does not exist`)
    // References are checked before; a circle that came through all the same must not end the thread.
    this.#built.set(name, new BuildError(path, 'GTW_CYCLE', `could not instantiate service ${name}: recursion detected`))
    try {
      return build(name, own)
    } catch (error) {
      return error instanceof BuildError ? error : new BuildError(path, 'GTW_BAD_VALUE', (error as Error).message)
    }
  }
}
