import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { sep } from 'node:path'
import { type Finding, type ParsedDocument, readDocument } from 'gateway/provider'
import { comparePaths, isSettled, type Scan } from './scan.ts'
import { isTree, type Tree } from './tree.ts'
import { unreadable } from './unreadable.ts'

/** One file as it was last read. */
export interface FileReading {
  readonly path: string
  readonly identity: string
  readonly digest: string
  readonly blank: boolean
  /** The last good tree; a file that never was good has none. */
  readonly tree?: Tree | undefined
  readonly locate?: ParsedDocument['locate'] | undefined
  readonly findings: readonly Finding[]
  /** It was listed and gone when it was opened: perhaps it is being replaced at this moment. */
  readonly isGone: boolean
  /** Since when it is empty and was not before, in milliseconds: perhaps it is being written at this moment. */
  readonly emptySince?: number | undefined
}

/** Files by their path, in path order. */
export type Files = ReadonlyMap<string, FileReading>

// Whoever writes a file in place empties it first; what fills it may take a moment on a busy machine.
const EMPTY_MS = 1_000

const MAX_BYTES = 16 * 1024 * 1024

// A pipe opened without O_NONBLOCK would wait for its writer for ever.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

interface Reading {
  /** Reads every file. */
  readonly force?: boolean
  /** Milliseconds that never jump. */
  readonly now?: number
}

/** Reads what changed since `before`, and keeps the rest. */
export async function readFiles(found: Scan, before: Files, { force = false, now = performance.now() }: Reading = {}): Promise<Files> {
  const files = new Map<string, FileReading>()
  for (const [path, file] of before) if (isLost(path, found.lost)) files.set(path, file)
  for (const [path, identity] of found.files) {
    const last = before.get(path)
    const file = !force && last && isCurrent(last, identity) ? last : await readFile({ path, identity, now }, last)
    if (file) files.set(path, file)
  }
  return new Map([...files].sort(([left], [right]) => comparePaths(left, right)))
}

/** Says whether a file has to be looked at again soon, whatever the system tells of it. */
export function isDoubtful({ isGone, emptySince }: FileReading): boolean {
  return isGone || emptySince !== undefined
}

/** Says whether the last reading still stands for what a scan found. */
export function isUnchanged(found: Scan, files: Files): boolean {
  for (const [path, identity] of found.files) if (files.get(path)?.identity !== identity) return false
  for (const path of files.keys()) if (!found.files.has(path) && !isLost(path, found.lost)) return false
  return true
}

function isLost(path: string, lost: readonly string[]): boolean {
  return lost.some((place) => path === place || path.startsWith(place.endsWith(sep) ? place : place + sep))
}

function isCurrent(last: FileReading, identity: string): boolean {
  return last.identity === identity && isSettled(identity) && !isDoubtful(last)
}

interface Look extends Pick<FileReading, 'path' | 'identity'> {
  readonly now: number
}

async function readFile({ path, identity, now }: Look, last?: FileReading): Promise<FileReading | undefined> {
  try {
    return accept({ path, identity, ...parse(path, await contentOf(path)) }, now, last)
  } catch (error) {
    // Gone since the scan: the next one tells whether it was removed or is being replaced.
    if (await isMissing(path)) return last && { ...last, isGone: true }
    const findings = [unreadable(path, error)]
    return { blank: false, ...last, ...CERTAIN, path, identity, digest: '', findings }
  }
}

const CERTAIN = { isGone: false, emptySince: undefined }

/** Decides what of a new reading counts, given the last one. */
function accept(file: FileReading, now: number, last?: FileReading): FileReading {
  if (last === undefined) return file
  if (last.digest === file.digest) return { ...last, ...CERTAIN, identity: file.identity }
  if (file.blank && !last.blank) {
    const emptySince = last.emptySince ?? now
    if (now - emptySince < EMPTY_MS) return { ...last, identity: file.identity, isGone: false, emptySince }
  }
  if (file.tree !== undefined || last.tree === undefined) return file
  return { ...file, tree: last.tree, locate: last.locate }
}

function parse(path: string, content: Buffer): Omit<FileReading, 'path' | 'identity'> {
  const facts = { digest: hash('sha256', content), ...CERTAIN }
  const text = decode(content)
  if (text.trim() === '') return { ...facts, blank: true, tree: {}, locate: undefined, findings: [] }
  const document = readDocument(text, path)
  const { value, locate } = document
  const findings = value === undefined || isTree(value) ? document.findings : [...document.findings, notMapping(path)]
  const good = isTree(value) && !findings.some(({ severity }) => severity === 'error')
  return { ...facts, blank: false, tree: good ? value : undefined, locate, findings }
}

function notMapping(file: string): Finding {
  return {
    code: 'GTW_WRONG_TYPE',
    severity: 'error',
    message: `"${file}" does not hold a mapping`,
    source: { kind: 'file', file, line: 1, column: 1 },
    expected: 'a mapping with sections such as http',
  }
}

function decode(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new Error('it is not UTF-8 text')
  }
}

async function contentOf(path: string): Promise<Buffer> {
  await using file = await open(path, READ)
  const stats = await file.stat()
  if (!stats.isFile()) throw new Error('it is not a regular file')
  if (stats.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`)
  return await file.readFile()
}

/** Tells a file that was removed from a link that leads nowhere. */
async function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}
