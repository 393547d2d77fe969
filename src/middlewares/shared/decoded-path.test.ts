import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodedPath, escapedLengthOf } from './decoded-path.ts'

const cases = [
  { path: '/a/b', decoded: '/a/b' },
  { path: '/%61%2Fb%25', decoded: '/a/b%' },
  { path: '/caf%C3%A9/%F0%9F%98%80', decoded: '/café/😀' },
  { path: '/%C3', decoded: '/%C3' },
  { path: '/%C3/%A9', decoded: '/%C3/%A9' },
  { path: '/%FF%C3%A9', decoded: '/%FFé' },
  { path: '/%ED%A0%80', decoded: '/%ED%A0%80' },
  { path: '/%00%0D%0A', decoded: '/\0\r\n' },
  { path: '/%zz%', decoded: '/%zz%' },
]

for (const { path, decoded } of cases) {
  test(`${path} is ${JSON.stringify(decoded)} once it is decoded`, () => {
    expect(decodedPath(path)).toBe(decoded)
    expect(escapedLengthOf(path, decoded.length)).toBe(path.length)
  })
}

test('the beginning of a decoded path leads to the beginning of the path that it is decoded from', () => {
  const part = fc.oneof(fc.constantFrom('/', 'a', '%', '%2F', '%C3%A9', '%F0%9F%98%80', '%E2%82', '%FF'), fc.string({ maxLength: 2 }))
  fc.assert(
    fc.property(fc.array(part), fc.nat({ max: 30 }), (parts, count) => {
      const path = parts.join('')
      const characters = [...decodedPath(path)]
      const start = characters.slice(0, count).join('')
      const length = escapedLengthOf(path, start.length)
      expect(decodedPath(path.slice(0, length)) + decodedPath(path.slice(length))).toBe(decodedPath(path))
      expect(decodedPath(path.slice(0, length))).toBe(start)
    }),
  )
})
