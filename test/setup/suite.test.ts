import { expect, test } from 'vitest'
import { mirrorOf } from './suite.ts'

test.each([
  ['a list of one line each', ['deb http://mirror.test/debian bookworm main']],
  ['a line with options', ['# deb http://old.test/debian x\ndeb [signed-by=/k.gpg arch=amd64] http://mirror.test/debian bookworm main']],
  ['a list in paragraphs', ['Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\n']],
  [
    'the mirror of security updates first',
    ['deb http://mirror.test/debian-security s main', 'deb http://mirror.test/debian bookworm main'],
  ],
])('the mirror is found in %s', (_title, sources) => {
  expect(mirrorOf(sources)).toBe('http://mirror.test/debian')
})

test('where no list names one, there is no mirror', () => {
  expect(mirrorOf(['deb http://packages.test/apt stable main'])).toBeUndefined()
})
