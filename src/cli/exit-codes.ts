/** What the process says to a script when it ends. */
export const EXIT = {
  ok: 0,
  /** The configuration has errors, or a health check failed. */
  findings: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration cannot be read, or an address cannot be used. */
  cannotLoad: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
