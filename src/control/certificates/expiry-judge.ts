import type { FindingCode } from '../../findings/finding.ts'
import type { Validity } from './validity.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Before its end, whoever replaces a certificate by hand wants so much time, but of a short life only a part. */
const LONGEST_NOTICE_MS = 30 * DAY_MS
const PART_OF_LIFE = 1 / 3

/** What to do about a certificate that its owner replaces. */
export const REPLACE_IN_TIME = 'replace the certificate in time: a file is read again by itself when it changes'

/** What time has done to a certificate, or is about to do. */
export interface Judgement {
  readonly code: FindingCode
  /** What follows the place of the certificate in a sentence. */
  readonly problem: string
}

/** Judges certificates at one moment of wall time, and knows when one of its judgements would be another. */
export class ExpiryJudge {
  readonly #now: number
  #changesAt = Number.POSITIVE_INFINITY

  constructor(now: number) {
    this.#now = now
  }

  /** The first moment at which a certificate that was judged would be judged otherwise; infinity for never. */
  get changesAt(): number {
    return this.#changesAt
  }

  /** Undefined for a certificate that is valid, and will be for longer than `noticeMs`. */
  judge(validity: Validity, noticeMs = noticeOf(validity)): Judgement | undefined {
    const { from, to } = validity
    const leftMs = to - this.#now
    if (leftMs <= 0) return { code: 'GTW_CERTIFICATE_EXPIRED', problem: `has expired on ${new Date(to).toISOString()}` }
    if (from > this.#now) {
      this.#note(from)
      return { code: 'GTW_BAD_VALUE', problem: `is not valid before ${new Date(from).toISOString()}` }
    }
    if (leftMs >= noticeMs) {
      this.#note(to - noticeMs + 1)
      return undefined
    }
    const days = Math.floor(leftMs / DAY_MS)
    this.#note(days === 0 ? to : to - days * DAY_MS + 1)
    return { code: 'GTW_CERTIFICATE_EXPIRING', problem: `expires in ${countDays(days)}, on ${new Date(to).toISOString()}` }
  }

  #note(at: number): void {
    this.#changesAt = Math.min(this.#changesAt, at)
  }
}

function noticeOf({ from, to }: Validity): number {
  return Math.min(LONGEST_NOTICE_MS, (to - from) * PART_OF_LIFE)
}

function countDays(days: number): string {
  if (days === 0) return 'less than a day'
  return days === 1 ? '1 day' : `${days} days`
}
