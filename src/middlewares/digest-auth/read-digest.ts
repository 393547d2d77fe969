/** What a client answers to a challenge: lower-case names of parameters and their values. */
export type DigestAnswer = ReadonlyMap<string, string>

const SCHEME = 'digest '

/** More parameters, or longer ones, than any client sends. */
const LONGEST = 8 * 1024

const PARAMETER = /\s*([\w!#$%&'*+\-.^`|~]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(?:,|$)/y

/** Reads the value of an Authorization field (RFC 7616 §3.4); undefined where it says something else. */
export function readDigest(field: string | undefined): DigestAnswer | undefined {
  if (field === undefined || field.length > LONGEST || field.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined
  const answer = new Map<string, string>()
  for (let at = SCHEME.length; at < field.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at
    const [, name, text, token = ''] = PARAMETER.exec(field) ?? []
    // A parameter that stands twice could mean one thing here and another one elsewhere.
    if (name === undefined || answer.has(name.toLowerCase())) return undefined
    answer.set(name.toLowerCase(), text?.replace(/\\(.)/g, '$1') ?? token)
  }
  return answer
}
