import { readFileSync } from 'node:fs'
import type { Middleware } from '../config/dynamic.ts'
import { quote } from '../findings/show.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { Files, MiddlewareDefinition } from '../middlewares/definition.ts'
import { MadeFromFiles } from './made-from-files.ts'

/** A middleware with the content of the files that it names, or why it cannot be had. */
export type Prepared = { readonly middleware: Middleware } | { readonly kind: string; readonly problem: string }

/** Files are read when a provider speaks or when they have changed, not each time that another provider speaks. */
const known = new MadeFromFiles<Middleware, Prepared>()

/** Reads the files that the options of a middleware name: workers get contents. */
export function prepareMiddleware(middleware: Middleware): Prepared {
  return known.of(middleware, (note) => prepareAgain(middleware, filesNoted(note)))
}

/** The files that were read for a middleware, or that should have been. */
export function filesOfMiddleware(middleware: Middleware): Iterable<string> {
  return known.filesOf(middleware)
}

function prepareAgain(middleware: Middleware, files: Files): Prepared {
  for (const [kind, definition] of Object.entries<MiddlewareDefinition>(middlewareCatalogue)) {
    const options = middleware[kind as keyof Middleware]
    if (options === undefined || definition.prepare === undefined) continue
    try {
      return { middleware: { ...middleware, [kind]: definition.prepare(options, files) } }
    } catch (error) {
      return { kind, problem: (error as Error).message }
    }
  }
  return { middleware }
}

function filesNoted(note: (file: string) => void): Files {
  const read = (path: string): string => {
    note(path)
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Error(`names ${quote(path)}, a file that cannot be read (${code ?? message})`)
    }
  }
  return { read, readOrTake: (text) => (text.includes('-----BEGIN') ? text : read(text)) }
}
