import { statSync } from 'node:fs'
import type { DynamicConfiguration } from '../../config/dynamic.ts'
import { isTree } from '../../schema/tree.ts'

const LONGEST_PATH = 4096

/**
 * When each file that the section `tls` names was changed last: a certificate that was renewed is news, although the
 * configuration that names it is the same.
 */
export function fileStamps(configuration: unknown): string[] {
  if (!isTree(configuration)) return []
  const stamps: string[] = []
  for (const [key, section] of Object.entries(configuration)) if (key.toLowerCase() === 'tls') collect(section, stamps)
  return stamps
}

/** The files that the section `tls` names, whether they are there or not. */
export function filesOfTls({ certificates, stores, options }: DynamicConfiguration['tls']): readonly string[] {
  const pairs = [...certificates, ...Object.values(stores).flatMap(({ defaultCertificate }) => defaultCertificate ?? [])]
  const authorities = Object.values(options).flatMap(({ clientAuth }) => clientAuth?.caFiles ?? [])
  return [...pairs.flatMap(({ certFile = '', keyFile = '' }) => [certFile, keyFile]), ...authorities].filter(isFileName)
}

function collect(value: unknown, stamps: string[]): void {
  if (typeof value === 'string') {
    const stamp = stampOf(value)
    if (stamp !== undefined) stamps.push(stamp)
  } else if (Array.isArray(value) || isTree(value)) for (const child of Object.values(value)) collect(child, stamps)
}

function stampOf(text: string): string | undefined {
  if (!isFileName(text)) return undefined
  try {
    const stats = statSync(text, { throwIfNoEntry: false })
    return stats?.isFile() ? `${text} ${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined
  } catch {
    // Where it matters, whoever reads the file says what is wrong with it.
    return undefined
  }
}

function isFileName(text: string): boolean {
  return text !== '' && text.length <= LONGEST_PATH && !text.includes('\n') && !text.includes('\0')
}
