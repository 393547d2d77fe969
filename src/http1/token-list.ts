import { BLANK, isIn } from './octets.ts'

/** The members of a list (RFC 9110 §5.6.1) without the blanks around them; empty members stay, so that a caller may refuse them. */
export function membersOf(value: string): string[] {
  const members = value.split(',')
  for (let index = 0; index < members.length; index++) members[index] = withoutBlanks(members[index] as string)
  return members
}

/** Whether a list holds a token, in any case. */
export function hasToken(value: string, lowerToken: string): boolean {
  if (value.length < lowerToken.length) return false
  const lower = value.toLowerCase()
  return lower === lowerToken || (lower.includes(',') && membersOf(lower).includes(lowerToken))
}

/** `trim` would also take what is no blank here: VT, FF, NBSP. */
function withoutBlanks(member: string): string {
  let start = 0
  let end = member.length
  while (start < end && isIn(member.charCodeAt(start), BLANK)) start++
  while (end > start && isIn(member.charCodeAt(end - 1), BLANK)) end--
  return member.slice(start, end)
}
