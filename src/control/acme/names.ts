import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { quote } from '../../findings/show.ts'

/** What a resolver can prove. */
export interface Abilities {
  /** Only DNS-01 proves a wildcard (RFC 8555 §7.1.3, and every authority's rules). */
  readonly wildcards: boolean
}

/** More in one certificate is refused by every public authority. */
const MOST_NAMES = 100

/** No ASCII but that of names. */
const HOST = /^[a-z0-9._\u0080-\uffff-]+$/i

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** Names as authorities take them, the main one first and each once; or why no certificate can be had for them. */
export function orderableNames(written: readonly string[], { wildcards }: Abilities): readonly string[] | { readonly refusal: string } {
  const names = [...new Set(written.map(canonicalName))]
  for (const name of names) {
    const refusal = refusalOf(name, wildcards)
    if (refusal !== undefined) return { refusal: `${quote(name)} ${refusal}` }
  }
  const needed = withoutCovered(names)
  if (needed.length === 0) return { refusal: 'neither the rule nor `domains` names a host' }
  if (needed.length > MOST_NAMES) return { refusal: `${needed.length} names are more than the ${MOST_NAMES} that one certificate can hold` }
  return needed
}

/** Whether a certificate for `names` is one for `name`: itself, or a wildcard for exactly its leftmost label. */
export function covers(names: Iterable<string>, name: string): boolean {
  const wildcard = wildcardOf(name)
  for (const one of names) if (one === name || one === wildcard) return true
  return false
}

function canonicalName(written: string): string {
  const text = written.trim().replace(/\.$/, '')
  const wildcard = text.startsWith('*.') ? '*.' : ''
  const bare = text.slice(wildcard.length)
  // The library reads a URL, and would cut off what cannot be in a name.
  return `${wildcard}${HOST.test(bare) ? domainToASCII(bare) || bare : bare}`.toLowerCase()
}

function refusalOf(name: string, wildcards: boolean): string | undefined {
  const isWildcard = name.startsWith('*.')
  const bare = isWildcard ? name.slice(2) : name
  if (isIP(bare) !== 0) return 'is an address, not a name'
  if (bare.length > 253 || !bare.split('.').every((label) => LABEL.test(label))) return 'is not the name of a host'
  return isWildcard && !wildcards ? 'is a wildcard, which needs `dnsChallenge`' : undefined
}

/** A name beside its wildcard would be in the certificate twice. */
function withoutCovered(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('*.') || !names.includes(wildcardOf(name)))
}

function wildcardOf(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? '' : `*${name.slice(dot)}`
}
