import { expect, test } from 'vitest'
import { compileExpression, type ExpressionFunctions, problemOf } from './expression.ts'

interface Facts {
  readonly ratio: number
  readonly count: number
  readonly name: string
  readonly broken: boolean
}

const functions: ExpressionFunctions<Facts> = {
  Ratio: {
    type: 'float',
    parameters: [],
    bind:
      () =>
      ({ ratio }) =>
        ratio,
  },
  Count: {
    type: 'int',
    parameters: [],
    bind:
      () =>
      ({ count }) =>
        count,
  },
  Name: {
    type: 'string',
    parameters: [],
    bind:
      () =>
      ({ name }) =>
        name,
  },
  Broken: {
    type: 'bool',
    parameters: [],
    bind:
      () =>
      ({ broken }) =>
        broken,
  },
  Sum: {
    type: 'int',
    parameters: ['int', 'int'],
    bind:
      ([one = 0, other = 0]) =>
      () =>
        one + other,
  },
}

const facts: Facts = { ratio: 0.5, count: 3, name: 'GET', broken: true }

const truths: readonly (readonly [string, boolean])[] = [
  ['Ratio() > 0.3', true],
  ['Ratio() > 0.5', false],
  ['Ratio() >= 0.50', true],
  ['Count() < 4', true],
  ['Count() <= 3', true],
  ['Count() == 3', true],
  ['Count() != 3', false],
  ['Count() > -1', true],
  ['Name() == "GET"', true],
  ['Name() == `GET`', true],
  ['Name() == "G\\ET"', true],
  ['Broken()', true],
  ['Sum(1, 2) == 3', true],
  ['Count() == 0 && Count() == 1 || Broken()', true],
  ['Broken() || Count() == 0 && Count() == 1', true],
  ['(Broken() || Count() == 0) && Count() == 1', false],
  [' ( ( Broken( ) ) ) ', true],
  ['Broken()&&Count()==3', true],
]

for (const [expression, truth] of truths) {
  test(`expressions: ${expression} is ${truth}`, () => {
    expect(compileExpression(expression, functions)(facts)).toBe(truth)
  })
}

const problems: readonly (readonly [string, string])[] = [
  ['', 'unexpected end (column 1)'],
  ['Ratio()', 'Ratio() must be compared with a number with a decimal point (column 8)'],
  ['Ratio() > 1', 'expected a number with a decimal point (column 11)'],
  ['Count() > 1.0', 'expected a whole number (column 11)'],
  ['Count() > "1"', 'expected a whole number (column 11)'],
  ['Broken() == 1', 'expected nothing (column 13)'],
  ['Nothing() > 1', 'unknown function Nothing (column 1)'],
  ['toString() > 1', 'unknown function toString (column 1)'],
  ['Sum(1) == 1', 'unexpected ")" (column 6)'],
  ['Sum(1, 2, 3) == 1', 'unexpected "," (column 9)'],
  ['Count() > 1 &&', 'unexpected end (column 15)'],
  ['Count() > 1 Count()', 'unexpected "Count" (column 13)'],
  ['!Broken()', 'unexpected "!" (column 1)'],
  ['0.5 < Ratio()', 'unexpected "0.5" (column 1)'],
  ['(Broken()', 'unexpected end (column 10)'],
  ['Name() == "GET', 'unexpected "\\"" (column 11)'],
  [`${'('.repeat(60)}Broken()${')'.repeat(60)}`, 'parentheses are nested too deeply (column 52)'],
]

for (const [expression, problem] of problems) {
  test(`expressions: ${expression.slice(0, 30)} is none`, () => {
    expect(problemOf(expression, functions)).toBe(problem)
  })
}
