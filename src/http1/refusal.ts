import type { ErrorCode } from '../errors.ts'

/** Why octets are refused, as a value; the parser makes the one error of the connection of it. */
export interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
}

/** What is said where a section of fields goes over its limits. */
export interface SectionRefusals {
  readonly tooLarge: Refusal
  readonly tooMany: Refusal
  readonly nameTooLong: Refusal
}

export function sectionRefusals(code: ErrorCode): SectionRefusals {
  return {
    tooLarge: refusal(code, 'more octets than allowed'),
    tooMany: refusal(code, 'more fields than allowed'),
    nameTooLong: refusal(code, 'a field name is longer than allowed'),
  }
}

export function refusal(code: ErrorCode, detail: string): Refusal {
  return { code, detail }
}
