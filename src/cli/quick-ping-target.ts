import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { candidateFiles, findFile } from '../config/find-file.ts'
import type { LoadStaticOptions } from '../config/load.ts'
import type { PingTarget } from './ping-target.ts'
import { type Outline, outlineOf } from './plain-yaml.ts'

/**
 * Finds out where ping is answered without the YAML parser and the vocabulary, which take longer to load than all the
 * rest of a health check. Undefined where anything is out of the ordinary: then the whole configuration must be loaded.
 */
export function quickPingTarget({ argv, env, cwd }: Omit<LoadStaticOptions, 'providers'>): PingTarget | undefined {
  const flags = argv.map(readFlag)
  if (flags.includes(undefined)) return undefined
  const named = flags.filter((flag) => flag?.option === 'configfile')
  const file = named.length === 0 ? findFile(candidateFiles(env, cwd)) : resolve(cwd, named[0]?.value ?? '')
  if (named.length > 1 || (file !== undefined && !/\.ya?ml$/.test(file))) return undefined
  const written = file === undefined ? EMPTY : outlineOf(readFileSync(file, 'utf8'))
  const settings = [...variables(env, 'TRAEFIK_'), ...variables(env, 'GATEWAY_'), ...flags]
  const outline = settings.reduce<Outline | undefined>((below, setting) => below && setting && applied(below, setting), written)
  return outline && targetOf(outline)
}

const EMPTY: Outline = { pingOn: undefined, addresses: new Map() }

/** A flag or variable: the lower-case path of its option, with dots. */
interface Setting {
  readonly option: string
  /** The name of an entry point with its case. */
  readonly entryPoint?: string
  readonly value: string
}

function readFlag(argument: string): Setting | undefined {
  if (/^--?ping$/i.test(argument)) return { option: 'ping', value: 'true' }
  const { name, value } =
    /^--?(?<name>configFile|ping(?:\.entryPoint)?|entryPoints\.[\w-]+\.address)=(?<value>[^$]+)$/i.exec(argument)?.groups ?? {}
  return name === undefined || value === undefined ? undefined : toSetting(name.split('.'), value)
}

function variables(env: NodeJS.ProcessEnv, prefix: string): (Setting | undefined)[] {
  const names = Object.keys(env).filter((name) => name.startsWith(`${prefix}PING`) || name.startsWith(`${prefix}ENTRYPOINTS`))
  return names.map((name) => {
    const path = name.slice(prefix.length).toLowerCase().split('_')
    const isKnown = /^(?:ping(?:\.entrypoint)?|entrypoints\.[^.]+\.address)$/.test(path.join('.'))
    return isKnown && env[name] ? toSetting(path, env[name]) : undefined
  })
}

function toSetting([root = '', name, leaf]: readonly string[], value: string): Setting {
  if (leaf !== undefined && name !== undefined) return { option: 'address', entryPoint: name, value }
  return {
    option: [root, name]
      .filter((step) => step !== undefined)
      .join('.')
      .toLowerCase(),
    value,
  }
}

/** Lays a flag or a variable over what is known so far. */
function applied({ pingOn, addresses }: Outline, { option, entryPoint = '', value }: Setting): Outline | undefined {
  if (option === 'ping') return value === 'true' ? { pingOn: pingOn ?? 'gateway', addresses } : undefined
  if (option === 'ping.entrypoint') return { pingOn: value, addresses }
  if (option === 'configfile') return { pingOn, addresses }
  // Names that differ only in case are one, and who comes first spells it.
  const known = [...addresses.keys()].find((name) => name.toLowerCase() === entryPoint.toLowerCase()) ?? entryPoint
  return { pingOn, addresses: new Map(addresses).set(known, value) }
}

/** The internal entry point, by our name and by Traefik's. */
const INTERNAL = ['gateway', 'traefik']

function targetOf({ pingOn, addresses }: Outline): PingTarget | undefined {
  if (pingOn === undefined) return undefined
  const isMissing = INTERNAL.includes(pingOn) && !addresses.has(pingOn)
  const name = isMissing ? INTERNAL.find((one) => addresses.has(one)) : pingOn
  const address = name === undefined ? ':8080' : (addresses.get(name) ?? '')
  const { host, port } = /^(?<host>[\w.-]*):(?<port>\d{1,5})$/.exec(address)?.groups ?? {}
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
}
