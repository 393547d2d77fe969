import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { INTERNAL } from '../control/internal.ts'
import { quote } from '../findings/show.ts'
import { CommandFailure } from './command-failure.ts'
import { EXIT } from './exit-codes.ts'

export interface NewProvider {
  readonly name: string
  /** The folder to make; it may not exist. */
  readonly folder: string
  /** Where the gateway is installed. */
  readonly root: string
}

/** Writes the package of a new provider, and answers the files in it; nothing that exists is touched. */
export async function writeProvider({ name, folder, root }: NewProvider): Promise<string[]> {
  const template = join(root, 'templates/provider')
  const words = await wordsFor(name, root)
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'EEXIST' ? 'exists already; nothing was written' : `cannot be made (${error.code})`
    throw new CommandFailure(`${folder} ${problem}`, EXIT.findings)
  })
  try {
    const files = await filesOf(template)
    for (const file of files) {
      const text = await readFile(join(template, file), 'utf8')
      const target = join(folder, shownName(file))
      await mkdir(dirname(target), { recursive: true })
      await writeFile(
        target,
        text.replaceAll(/\{\{(.+?)\}\}/g, (placeholder, word) => words.get(word) ?? placeholder),
      )
    }
    // As npm will link it: tests and editors need nothing else.
    await mkdir(join(folder, 'node_modules'))
    await symlink(root, join(folder, 'node_modules/gateway'), 'junction')
    return files.map(shownName).sort()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Says why a provider cannot have a name, or nothing. */
export function nameProblem(name: string, taken: ReadonlyMap<string, { readonly name: string }>): string | undefined {
  if (!NAME.test(name) || name.length > LONGEST_NAME)
    return `${quote(name)} is not a name for a provider: lower-case words with hyphens between them are, for instance my-source`
  if (RESERVED.includes(name)) return `the name ${quote(name)} has a meaning of its own in the configuration`
  const plugin = taken.get(name)
  return plugin && `the plugin ${quote(plugin.name)} has a provider named ${quote(name)} already`
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
// npm allows 214 characters for all of the name.
const LONGEST_NAME = 100
const RESERVED = [INTERNAL, 'precedence']

async function wordsFor(name: string, root: string): Promise<ReadonlyMap<string, string>> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  return new Map([...Object.entries(devDependencies), ['name', name], ['gateway', root.replaceAll('\\', '/').replace(/\/$/, '')]])
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

// npm leaves files named .gitignore out of packages.
function shownName(file: string): string {
  return file === 'gitignore' ? '.gitignore' : file
}
