import { statSync } from 'node:fs'
import { basename, join } from 'node:path'

const EXTENSIONS = ['yml', 'yaml', 'toml', 'json']

/** Where a configuration file is looked for when none is named, in order; then come files that are called as Traefik's are. */
export function candidateFiles(env: NodeJS.ProcessEnv, cwd: string): string[] {
  const folders = [
    cwd,
    ...(env.XDG_CONFIG_HOME ? [join(env.XDG_CONFIG_HOME, 'gateway')] : []),
    ...(env.HOME ? [join(env.HOME, '.config', 'gateway')] : []),
    '/etc/gateway',
  ]
  const stems = ['gateway', 'traefik'].flatMap((name) => folders.map((folder) => join(folder, name)))
  return stems.flatMap((stem) => EXTENSIONS.map((extension) => `${stem}.${extension}`))
}

/** The first candidate that is there. */
export function findFile(candidates: readonly string[]): string | undefined {
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
}

/** Whether a file is called as Traefik's is. */
export function isForeignName(file: string): boolean {
  return basename(file).startsWith('traefik.')
}
