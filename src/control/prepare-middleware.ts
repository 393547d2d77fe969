import { readFileSync, statSync } from 'node:fs'
import type { Middleware } from '../config/dynamic.ts'
import { quote } from '../findings/show.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { Files, MiddlewareDefinition } from '../middlewares/definition.ts'

/** A middleware with the content of the files that it names, or why it cannot be had. */
export type Prepared = { readonly middleware: Middleware } | { readonly kind: string; readonly problem: string }

/** Files are read when a provider speaks, not each time that another one does. */
const known = new WeakMap<Middleware, Prepared>()

/** Reads the files that the options of a middleware name: workers get contents. */
export function prepareMiddleware(middleware: Middleware): Prepared {
  const prepared = known.get(middleware) ?? prepareAgain(middleware)
  known.set(middleware, prepared)
  return prepared
}

function prepareAgain(middleware: Middleware): Prepared {
  for (const [kind, definition] of Object.entries<MiddlewareDefinition>(middlewareCatalogue)) {
    const options = middleware[kind as keyof Middleware]
    if (options === undefined || definition.prepare === undefined) continue
    try {
      return { middleware: { ...middleware, [kind]: definition.prepare(options, FILES) } }
    } catch (error) {
      return { kind, problem: (error as Error).message }
    }
  }
  return { middleware }
}

const FILES: Files = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Error(`names ${quote(path)}, a file that cannot be read (${code ?? message})`)
    }
  },
  // A text with line ends is no name of a file, whatever the file system says.
  readOrTake: (text) => (!text.includes('\n') && statSync(text, { throwIfNoEntry: false })?.isFile() ? FILES.read(text) : text),
}
