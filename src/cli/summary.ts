import type { Finding, Severity } from '../findings/finding.ts'

/** `1 router`, `2 routers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A duration as a person reads it: `12 ms`, `1.3 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Whether something may not go live as it is. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error')
}

/** How many findings there are of each severity that occurs: `2 errors, 1 warning`. */
export function tally(findings: readonly Finding[]): string {
  const parts = (['error', 'warning'] as const).flatMap((severity) => {
    const number = countOf(findings, severity)
    return number === 0 ? [] : [count(number, severity)]
  })
  return parts.join(', ')
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length
}
