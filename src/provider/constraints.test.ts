import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseConstraints } from './constraints.ts'

const labels = { tier: 'front', name: 'web-1', empty: '' }

describe('labels', () => {
  const cases: [string, boolean][] = [
    ['', true],
    ['  ', true],
    ['Label(`tier`, `front`)', true],
    ['Label("tier", "front")', true],
    ['Label(`tier`, `back`)', false],
    ['Label(`Tier`, `front`)', false],
    ['Label(`empty`, ``)', true],
    ['Label(`missing`, ``)', false],
    ['Label(`constructor`, ``)', false],
    ['LabelRegex(`name`, `eb-\\d`)', true],
    ['LabelRegex(`name`, `^eb`)', false],
    ['LabelRegex(`missing`, `.*`)', false],
    ['!Label(`tier`, `back`)', true],
    ['!!Label(`tier`, `front`)', true],
    ['Label(`tier`, `back`) || Label(`name`, `web-1`)', true],
    ['Label(`tier`, `front`) && Label(`name`, `x`)', false],
    ['Label(`tier`, `front`) || Label(`a`, `b`) && Label(`a`, `b`)', true],
    ['(Label(`tier`, `front`) || Label(`a`, `b`)) && Label(`a`, `b`)', false],
    ['!(Label(`a`, `b`) || Label(`c`, `d`))', true],
    ['Label(`tier`, `front`)\n  && LabelRegex(`name`, `web`)', true],
    ['Label(`tier`, `front`)\n&&\nLabel(`name`, `web-1`)\n', true],
  ]
  for (const [text, expected] of cases) {
    test(`${JSON.stringify(text)} is ${expected}`, () => {
      const { matches, findings } = parseConstraints(text, { path: 'c', about: 'labels' })
      expect(findings).toEqual([])
      expect(matches({ labels })).toBe(expected)
    })
  }
})

describe('tags', () => {
  const cases: [string, boolean][] = [
    ['Tag(`blue`)', true],
    ['Tag(`blu`)', false],
    ['TagRegex(`^bl`)', true],
    ['TagRegex(`^ue`)', false],
    ['Tag(`blue`) && !Tag(`red`)', true],
  ]
  for (const [text, expected] of cases) {
    test(`${text} is ${expected}`, () => {
      const { matches } = parseConstraints(text, { path: 'c', about: 'tags' })
      expect(matches({ labels: {}, tags: ['green', 'blue'] })).toBe(expected)
    })
  }
})

const wrong: [string, object][] = [
  ['label(`a`, `b`)', { message: 'c: unknown function "label" (column 1)', suggestion: 'Label' }],
  ['Tag(`a`)', { message: 'c: unknown function "Tag" (column 1)', expected: 'Label or LabelRegex' }],
  ['constructor(`a`)', { message: 'c: unknown function "constructor" (column 1)' }],
  ['Label(`a`)', { message: 'c: "Label" has 1 arguments (column 1)', expected: '2' }],
  ['Label(`a`, `b`', { message: 'c: unexpected end (column 15)' }],
  ['Label(`a`, b)', { message: 'c: unexpected "b" (column 12)', expected: 'a string in back quotes or double quotes' }],
  ['Label(`a`, `b`) Label(`a`, `b`)', { message: 'c: unexpected "Label" (column 17)', expected: '"&&", "||" or the end' }],
  ['Label(`a`, `b`) &&', { message: 'c: unexpected end (column 19)' }],
  ['(Label(`a`, `b`)', { message: 'c: unexpected end (column 17)' }],
  ['tier==front', { message: 'c: unexpected "=" (column 5)' }],
  ['LabelRegex(`a`, `(`)', { message: expect.stringContaining('missing closing )'), expected: 'a regular expression as Go reads it' }],
  [`${'!'.repeat(99)}Label(\`a\`, \`b\`)`, { message: 'c: the expression is nested too deeply (column 65)' }],
  [' '.repeat(20_000).concat('x'), { message: 'c: the expression is too long (column 1)' }],
]
for (const [text, finding] of wrong) {
  test(`${text.slice(0, 40).trim()} is a finding with its column, and holds for nothing`, () => {
    const { matches, findings } = parseConstraints(text, { path: 'c', about: 'labels' })
    expect(findings).toMatchObject([{ code: 'GTW_BAD_VALUE', severity: 'error', path: 'c', ...finding }])
    expect(matches({ labels })).toBe(false)
  })
}

test('any text is an expression or a finding', () => {
  assert(
    property(string(), (text) => {
      const { matches, findings } = parseConstraints(text, { path: 'c', about: 'labels' })
      expect(matches({ labels })).toBe(findings.length === 0)
    }),
  )
})
