/** The priority of a rule that was given none: its length in octets, so that the more a rule says the earlier it is asked. */
export function rulePriority(rule: string): bigint {
  return BigInt(Buffer.byteLength(rule, 'utf8'))
}
