import { expect, test } from 'vitest'
import type { ElementPath } from './element.ts'
import { findBreaks, type Reference } from './graph.ts'

const path = (name: string): ElementPath => `http.services.${name}`

interface Case {
  readonly why: string
  readonly elements: Readonly<Record<string, readonly string[]>>
  readonly disabled?: readonly string[]
  readonly breaks: readonly string[]
}

const cases: Case[] = [
  { why: 'what exists breaks nothing', elements: { a: ['b'], b: [] }, breaks: [] },
  { why: 'what is built in breaks nothing', elements: { a: ['noop'] }, breaks: [] },
  { why: 'what does not exist breaks who refers to it', elements: { a: ['x'] }, breaks: ['a unknown x'] },
  { why: 'what is disabled breaks who refers to it', elements: { a: ['d'] }, disabled: ['d'], breaks: ['a broken d'] },
  { why: 'a break travels up', elements: { a: ['b'], b: ['c'], c: ['x'] }, breaks: ['c unknown x', 'b broken c', 'a broken b'] },
  {
    why: 'a break is found once for all its users',
    elements: { c: ['x'], a: ['c'], b: ['c'] },
    breaks: ['c unknown x', 'a broken c', 'b broken c'],
  },
  { why: 'every reference of an element counts', elements: { a: ['x', 'y'] }, breaks: ['a unknown x', 'a unknown y'] },
  { why: 'a reference to itself is a circle', elements: { a: ['a'] }, breaks: ['a cycle a→a'] },
  {
    why: 'a circle breaks all that are in it and all that lead to it',
    elements: { r: ['a'], a: ['b'], b: ['a'] },
    breaks: ['b cycle a→b→a', 'a broken b', 'r broken a'],
  },
  { why: 'two ways to the same element are no circle', elements: { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, breaks: [] },
]

for (const { why, elements, disabled = [], breaks } of cases) {
  test(why, () => {
    const entries = Object.entries(elements).map(([name, targets]): [ElementPath, Reference<undefined>[]] => [
      path(name),
      targets.map((target) => ({ kind: 'services', name: target, to: path(target), place: undefined })),
    ])
    const found = findBreaks({
      references: new Map(entries),
      isDisabled: (one) => disabled.some((name) => path(name) === one),
      isBuiltIn: (one) => one === path('noop'),
    })
    const bare = (one: string) => one.slice('http.services.'.length)
    const seen = found.map((one) => {
      const target = one.why === 'cycle' ? one.circle.map(bare).join('→') : one.reference.name
      return `${bare(one.element)} ${one.why} ${target}`
    })
    expect(seen).toEqual(breaks)
  })
}
