import { expect, test } from 'vitest'
import { toLocation } from './location.ts'

const cases: [text: string, location: string | undefined][] = [
  ['https://b.test/x?y=1#z', 'https://b.test/x?y=1#z'],
  ['HTTPS://user:pw@b.test:8443/', 'HTTPS://user:pw@b.test:8443/'],
  ['https://[::1]:8443/x', 'https://[::1]:8443/x'],
  ['https://b.test:/x', 'https://b.test:/x'],
  ['//b.test/x', '//b.test/x'],
  ['/x y"<>|', '/x%20y%22%3C%3E%7C'],
  ['/x\\y', '/x%5Cy'],
  ['/x%2Fy%20', '/x%2Fy%20'],
  ['https://b.test/ü?ü#ü', 'https://b.test/%C3%BC?%C3%BC#%C3%BC'],
  ['https://b.test/?a b|c%zz', 'https://b.test/?a%20b|c%zz'],
  ['https://bücher.test/', 'https://b%C3%BCcher.test/'],
  ['?a=1', '?a=1'],
  ['', ''],
  ['mailto:a@b.test', 'mailto:a@b.test'],
  ['http://[bad', undefined],
  ['http://a b/', undefined],
  ['http://b.test:port/', undefined],
  ['http://b.test/%zz', undefined],
  ['http://b.test/%2', undefined],
  ['http://b.test/#%zz', undefined],
  ['http://b.test/\r\nSet-Cookie: a', undefined],
  ['http://b.test/\x7f', undefined],
  ['1b.test:80/x', undefined],
  [':/x', undefined],
]

for (const [text, location] of cases) {
  test(`${JSON.stringify(text)} ${location === undefined ? 'is no place to send a client to' : `is sent as ${location}`}`, () => {
    expect(toLocation(text)).toBe(location)
  })
}
