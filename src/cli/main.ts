import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { execute } from '@oclif/core/execute'
import { settings } from '@oclif/core/settings'
import { shareProviderApi } from './provider-resolution.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ABOUT_THE_PROGRAM: ReadonlySet<string> = new Set(['--help', '-help', '-h', '--version', '-v'])

/** Runs the command line: oclif finds the command, loads the plugins and does the rest. */
export async function main(argv: readonly string[]): Promise<void> {
  shareProviderApi()
  // Plugins are run as they are: Node.js itself strips types, so oclif need not look for a transpiler, nor warn that there is none.
  settings.enableAutoTranspile = false
  const args = withCommand(argv)
  await execute(import.meta.filename.endsWith('.ts') ? { args, loadOptions: await fromSources() } : { args, dir: ROOT })
}

/** Traefik's command line is nothing but flags: where no command is named, `serve` is meant. */
export function withCommand(argv: readonly string[]): string[] {
  const [first] = argv
  return first === undefined || !first.startsWith('-') || ABOUT_THE_PROGRAM.has(first) ? [...argv] : ['serve', ...argv]
}

/** The same package with its compiled files replaced by their sources, for `bin/dev.js`. */
async function fromSources() {
  const manifest = await readFile(`${ROOT}/package.json`, 'utf8')
  const pjson = JSON.parse(manifest.replaceAll(/"\.\/dist\/([^"]*?)(\.js)?"/g, (_, path, js) => `"./src/${path}${js ? '.ts' : ''}"`))
  return { root: ROOT, pjson, ignoreManifest: true }
}
