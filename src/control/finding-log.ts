import type { Finding } from '../findings/finding.ts'
import { describeSource } from '../findings/render-text.ts'
import type { Log } from '../log.ts'
import { fingerprint } from './fingerprint.ts'

/** Logs each finding when it appears, and not again while it stays. */
export class FindingLog {
  readonly #log: Log
  #known = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes all findings there are now. */
  report(findings: readonly Finding[]): void {
    const now = new Map(findings.map((finding) => [fingerprint(finding), finding]))
    for (const [key, finding] of now) if (!this.#known.has(key)) this.#write(finding)
    this.#known = new Set(now.keys())
  }

  #write({ code, severity, message, source, suggestion, hint }: Finding): void {
    const text = suggestion === undefined ? message : `${message}; did you mean "${suggestion}"?`
    const fields = {
      code,
      ...(source === undefined ? {} : { source: describeSource(source) }),
      ...(hint === undefined ? {} : { hint }),
    }
    if (severity === 'info') this.#log.info(text, fields)
    // A gateway that serves everything else has no error; only `gateway validate` is as strict as that.
    else if (severity === 'warning' || code === 'GTW_UNKNOWN_KEY') this.#log.warn(text, fields)
    else this.#log.error(text, fields)
  }
}
