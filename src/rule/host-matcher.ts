import { withoutTrailingDot } from '../http/host.ts'
import type { Predicate } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument } from './tree.ts'

/** What the argument of a Host matcher asks for. */
type HostPattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'never' }
  /** One label, then `suffix`, which starts with a dot. */
  | { readonly kind: 'wildcard'; readonly suffix: string }
  /** Lower case, without trailing dot. */
  | { readonly kind: 'literal'; readonly domain: string }

export function readHostPattern(text: string): HostPattern {
  if (text === '*') return { kind: 'any' }
  const domain = withoutTrailingDot(text.toLowerCase())
  if (!domain.includes('*')) return { kind: 'literal', domain }
  const isWildcard = domain.startsWith('*.') && domain.length > 2 && domain.lastIndexOf('*') === 0
  return isWildcard ? { kind: 'wildcard', suffix: domain.slice(1) } : { kind: 'never' }
}

export function compileHost({ text, column, length }: RuleArgument): Predicate {
  if (!isAscii(text)) {
    const message = `invalid value "${text}" for Host matcher, non-ASCII characters are not allowed`
    throw new RuleError(message, { column, length }, { expected: 'the name in punycode (xn--…)' })
  }
  const pattern = readHostPattern(text)
  switch (pattern.kind) {
    case 'any':
      return () => true
    case 'never':
      return () => false
    case 'wildcard':
      return (input) => isOneLabelBelow(input.domain, pattern.suffix)
    case 'literal':
      return (input) => input.domain === pattern.domain
  }
}

function isOneLabelBelow(domain: string, suffix: string): boolean {
  const dot = domain.indexOf('.')
  return dot > 0 && domain.length - dot === suffix.length && domain.endsWith(suffix)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}
