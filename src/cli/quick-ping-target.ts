import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { candidateFiles, findFile } from '../config/find-file.ts'
import type { LoadStaticOptions } from '../config/load.ts'
import type { ParsedDocument } from '../findings/parsed-document.ts'
import { isTree } from '../schema/tree.ts'
import { type Outline, outlineOf, pingTargetOf, type Setting, withSetting } from './ping-outline.ts'
import type { PingTarget } from './ping-target.ts'
import { readBriefly } from './plain-file.ts'

/** What could be found out quickly. */
export interface Quick {
  /** Undefined where anything is out of the ordinary; then the whole configuration must be loaded. */
  readonly target?: PingTarget | undefined
  /** The file, where it has been read. */
  readonly document?: ParsedDocument
}

/**
 * Finds out where ping is answered without the vocabulary, and from a plainly written file without its parser: to load
 * those takes longer than all the rest of a health check.
 */
export async function quickPingTarget({ argv, env, cwd }: Omit<LoadStaticOptions, 'providers'>): Promise<Quick> {
  const [named, ...others] = argv.flatMap((argument) => CONFIG_FILE.exec(argument)?.[1] ?? [])
  const flags = argv.filter((argument) => !CONFIG_FILE.test(argument)).map(readFlag)
  const settings = [...variables(env, 'TRAEFIK_'), ...variables(env, 'GATEWAY_'), ...flags]
  if (others.length > 0 || settings.includes(undefined)) return {}
  const file = named === undefined ? findFile(candidateFiles(env, cwd)) : resolve(cwd, named)
  if (file === undefined) return { target: targetOf({}, settings) }
  const text = readText(file)
  if (text === undefined) return {}
  const document = await readBriefly(text, file)
  return { target: targetOf(document.value, settings), document }
}

function targetOf(tree: unknown, settings: readonly (Setting | undefined)[]): PingTarget | undefined {
  const written = isTree(tree) ? outlineOf(tree) : undefined
  const outline = settings.reduce<Outline | undefined>((below, setting) => below && setting && withSetting(below, setting), written)
  return outline && pingTargetOf(outline)
}

const CONFIG_FILE = /^--?configFile=([^$]+)$/i

/** Undefined where only the vocabulary knows what a flag says. */
function readFlag(argument: string): Setting | undefined {
  if (/^--?ping$/i.test(argument)) return toSetting(['ping'], 'true')
  const { name = '', value = '' } = /^--?(?<name>[^=]+)=(?<value>[^$]+)$/.exec(argument)?.groups ?? {}
  return toSetting(name.split('.'), value)
}

function variables(env: NodeJS.ProcessEnv, prefix: string): (Setting | undefined)[] {
  const names = Object.keys(env).filter((name) => name.startsWith(`${prefix}PING`) || name.startsWith(`${prefix}ENTRYPOINTS`))
  return names.sort().map((name) => toSetting(name.slice(prefix.length).toLowerCase().split('_'), env[name] ?? ''))
}

function toSetting(path: readonly string[], value: string): Setting | undefined {
  const [, entryPoint = ''] = path
  const option = path.join('.').toLowerCase()
  if (value === '') return undefined
  if (option === 'ping' || option === 'ping.entrypoint') return { option, entryPoint, value }
  return /^entrypoints\.[\w-]+\.address$/.test(option) ? { option: 'address', entryPoint, value } : undefined
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
