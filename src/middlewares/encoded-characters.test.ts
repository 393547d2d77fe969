import { expect, test } from 'vitest'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { check } from '../schema/index.ts'
import { deniedCharacters, denyEncoded, encodedCharacters, encodedCharactersOptions } from './encoded-characters.ts'

/** The status of a refused request; undefined where it reached the next dispatch as it was. */
function run(options: Readonly<Record<string, boolean>>, path: string): { status?: number; content: string; seen?: string } {
  const result: { status?: number; content: string; seen?: string } = { content: '' }
  const handler: DispatchHandler = {
    onRequestStart() {},
    onResponseInfo() {},
    onRequestUpgrade() {},
    onResponseStart: (_, statusCode) => {
      result.status = statusCode
    },
    onResponseData: (_, chunk) => {
      result.content += chunk.toString()
    },
    onResponseEnd() {},
    onResponseError() {},
  }
  const next: Dispatch = (request) => {
    result.seen = request.path
    return true
  }
  const { value, issues } = check(encodedCharacters.options, options)
  expect(issues).toEqual([])
  encodedCharacters.build(value, middlewareContext())(next)(new RequestHead('GET', path, new Headers()), handler)
  return result
}

const characters = [
  { option: 'allowEncodedSlash', escapes: ['%2F', '%2f'] },
  { option: 'allowEncodedBackSlash', escapes: ['%5C', '%5c'] },
  { option: 'allowEncodedNullCharacter', escapes: ['%00'] },
  { option: 'allowEncodedSemicolon', escapes: ['%3B', '%3b'] },
  { option: 'allowEncodedPercent', escapes: ['%25'] },
  { option: 'allowEncodedQuestionMark', escapes: ['%3F', '%3f'] },
  { option: 'allowEncodedHash', escapes: ['%23'] },
]

const ALL = Object.fromEntries(characters.map(({ option }) => [option, true]))

for (const { option, escapes } of characters) {
  for (const encoded of escapes) {
    for (const path of [`/${encoded}`, `/a${encoded}b`, `/%20%7E${encoded}`]) {
      test(`encodedCharacters: ${path} is refused without content unless ${option}`, () => {
        expect(run({}, path)).toEqual({ status: 400, content: '' })
        expect(run({ ...ALL, [option]: false }, path)).toEqual({ status: 400, content: '' })
        expect(run({ [option]: true }, path)).toEqual({ content: '', seen: path })
      })
    }
  }
}

for (const path of ['/', '/a/b;c', '/a\\b', '/a%20b', '/%C3%BC%7E']) {
  test(`encodedCharacters: ${path} passes`, () => {
    expect(run({}, path)).toEqual({ content: '', seen: path })
  })
}

test('encodedCharacters: an escape behind an encoded percent sign is text', () => {
  expect(run({ allowEncodedPercent: true }, '/%252F')).toEqual({ content: '', seen: '/%252F' })
})

for (const path of ['/%', '/a%2', '/%zz', '/%20%']) {
  test(`encodedCharacters: ${path} is no escape and is refused`, () => {
    expect(run({}, path)).toEqual({ status: 400, content: '' })
  })
}

test('encodedCharacters: an entry point allows what it does not deny, and who denies nothing adds nothing', () => {
  const options = encodedCharactersOptions({ allowed: true })
  expect(deniedCharacters(check(options, { allowEncodedHash: false, allowEncodedNullCharacter: false }).value)).toEqual(['\0', '#'])
  const next: Dispatch = () => true
  expect(denyEncoded(deniedCharacters(check(options, {}).value))(next)).toBe(next)
})
