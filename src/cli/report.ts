import { readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { Finding, Source } from '../findings/finding.ts'
import { renderFindings } from '../findings/render-text.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { showsColor } from './paint.ts'
import { hasErrors } from './summary.ts'

/** Findings as a person reads them on a stream, with the lines around each place; without the last newline. */
export function reportOf(findings: readonly Finding[], stream: NodeJS.WriteStream): string {
  return renderFindings(fromHere(findings), { color: showsColor(stream), readSource }).trimEnd()
}

/** The same findings with the paths of files as one would type them in this folder. */
export function fromHere(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => (finding.source === undefined ? finding : { ...finding, source: sourceFromHere(finding.source) }))
}

/** A source with the path of its file as one would type it in this folder. */
export function sourceFromHere(source: Source): Source {
  return source.kind === 'file' ? { ...source, file: pathFromHere(source.file) } : source
}

/** A path as one would type it in this folder: what lies outside stays absolute. */
export function pathFromHere(file: string): string {
  const path = isAbsolute(file) ? relative(process.cwd(), file) : file
  return path === '' || path.startsWith('..') ? file : path
}

/** What the process says about findings when it ends. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ code, severity }) => code === 'GTW_UNREADABLE' && severity === 'error')) return EXIT.cannotLoad
  return hasErrors(findings) ? EXIT.findings : EXIT.ok
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
