/** A command that tests run, the Debian package that brings it, and what it is for. */
export interface Requirement {
  readonly command: string
  readonly package: string
  readonly why: string
}

/** All that `npm test` needs beside Node and npm; a further service of the tests is a further row. */
export const requirements: readonly Requirement[] = [
  { command: 'nginx', package: 'nginx-light', why: 'a real origin' },
  { command: 'wrk', package: 'wrk', why: 'load' },
  { command: 'openssl', package: 'openssl', why: 'certificates, and a TLS client that is not ours' },
  { command: 'curl', package: 'curl', why: 'an HTTP client that is not ours' },
  { command: 'strace', package: 'strace', why: 'counting system calls' },
]
