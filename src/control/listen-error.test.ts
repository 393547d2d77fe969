import { expect, test } from 'vitest'
import { listenError } from './listen-error.ts'

const cases: [string, { host: string; port: number }, string, RegExp][] = [
  ['a port in use', { host: '', port: 80 }, 'EADDRINUSE', /`web` on :80: port 80 is in use; stop/],
  ['a privileged port', { host: '127.0.0.1', port: 80 }, 'Error: listen EACCES', /on 127\.0\.0\.1:80: port 80 needs privileges; run/],
  ['a foreign address', { host: '2001:db8::1', port: 80 }, 'EADDRNOTAVAIL', /on \[2001:db8::1\]:80: this machine has no such address/],
  ['anything else', { host: '', port: 80 }, 'EMFILE', /on :80: EMFILE/],
]

for (const [what, address, cause, expected] of cases) {
  test(`a listen error explains ${what}`, () => {
    const error = listenError('web', address, cause)
    expect(error.code).toBe('GTW_LISTEN_FAILED')
    expect(error.message).toMatch(expected)
  })
}
