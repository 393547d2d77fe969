import { readFile } from 'node:fs/promises'
import { check, readDocument } from 'gateway/provider'
import { type DockerOptions, dockerOptions } from './options.ts'

/** The options of the provider as a configuration file says them; what `flags` say goes before. */
export async function writtenOptions(
  file: string | undefined,
  flags: Readonly<Record<string, string | undefined>>,
): Promise<DockerOptions> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  const written = file === undefined ? {} : await sectionOf(file)
  const { value, issues } = check(dockerOptions, { ...written, ...Object.fromEntries(given) })
  const [issue] = issues
  if (issue !== undefined) throw new Error(`providers.docker.${issue.path.join('.')} ${issue.problem}`)
  return value
}

async function sectionOf(file: string): Promise<object> {
  const { value, findings } = readDocument(await readFile(file, 'utf8'), file)
  const [finding] = findings.filter(({ severity }) => severity === 'error')
  if (finding !== undefined) throw new Error(`${file}: ${finding.message}`)
  const section = memberOf(memberOf(value, 'providers'), 'docker')
  return typeof section === 'object' && section !== null ? section : {}
}

function memberOf(tree: unknown, name: string): unknown {
  if (typeof tree !== 'object' || tree === null) return undefined
  return Object.entries(tree).find(([key]) => key.toLowerCase() === name)?.[1]
}
