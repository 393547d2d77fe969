/** The kinds of names of a certificate that a transport can ask for. */
type SubjectAltNameType = 'URI' | 'DNSName'

/** How Node writes them, a kind and a colon before each name. */
const PREFIXES: Readonly<Record<SubjectAltNameType, string>> = { URI: 'URI:', DNSName: 'DNS:' }

/** A name that a certificate may hold. */
export interface SubjectAltName {
  readonly type: SubjectAltNameType
  readonly value: string
}

/**
 * Whether a certificate holds the name; letters are compared without regard to case. `written` is the list as Node writes it:
 * `DNS:a.test, URI:"spiffe://a, b"`, where a name that could be misread stands in quotes as in JSON [CVE-2021-44532].
 */
export function holdsName(written: string, { type, value }: SubjectAltName): boolean {
  const prefix = PREFIXES[type]
  return splitNames(written).some((name) => name.startsWith(prefix) && sameText(plainName(name.slice(prefix.length)), value))
}

/** The names of hosts in such a list. */
export function dnsNamesIn(written: string): string[] {
  return splitNames(written)
    .filter((name) => name.startsWith(PREFIXES.DNSName))
    .map((name) => plainName(name.slice(PREFIXES.DNSName.length)))
    .filter((name) => name !== undefined)
}

function splitNames(written: string): readonly string[] {
  return written.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g)?.map((name) => name.trim()) ?? []
}

function plainName(name: string): string | undefined {
  if (!name.startsWith('"')) return name
  try {
    return String(JSON.parse(name))
  } catch {
    return undefined
  }
}

function sameText(name: string | undefined, value: string): boolean {
  return name?.toLowerCase() === value.toLowerCase()
}
