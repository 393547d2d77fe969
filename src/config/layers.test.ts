import { expect, test } from 'vitest'
import type { Path } from '../findings/finding.ts'
import { type Layer, mergeLayers, originAround, originOf } from './layers.ts'

const layer = (name: string, tree: unknown): Layer => ({
  tree,
  findings: [],
  locate: (path) => ({ kind: 'key', store: name, key: path.join('.') }),
})

const merge = (...trees: unknown[]) => mergeLayers(trees.map((tree) => layer('', tree)))

test('objects are joined, scalars and lists are replaced', () => {
  expect(merge({ a: { b: 1, c: [1, 2], d: 3 } }, { a: { b: 2, c: [3] } })).toEqual({ a: { b: 2, c: [3], d: 3 } })
})

test('keys that differ in case are one, spelled as in the lowest layer', () => {
  expect(merge({ entryPoints: { Web: { address: ':80' } } }, { entrypoints: { web: { ADDRESS: ':81' } } })).toEqual({
    entryPoints: { Web: { address: ':81' } },
  })
})

test('a section that is switched off hides what is below it, and one that is set again is on', () => {
  expect(merge({ ping: { entryPoint: 'a' } }, { ping: false })).toEqual({ ping: false })
  expect(merge({ ping: false }, { ping: { entryPoint: 'a' } })).toEqual({ ping: { entryPoint: 'a' } })
})

test('null says nothing', () => {
  expect(merge({ a: 1, b: 2 }, { a: null }, undefined)).toEqual({ a: 1, b: 2 })
})

test('the layers themselves stay as they are', () => {
  const below = Object.freeze({ a: Object.freeze({ b: 1 }) })
  expect(merge(below, { a: { b: 2 } })).toEqual({ a: { b: 2 } })
})

const layers = [
  layer('low', { a: { B: 1, list: [1, 2], off: { x: 1 }, o: { p: 1 } } }),
  layer('high', { A: { list: [3], off: false, o: { q: 1 } } }),
]

const origins: [Path, string | undefined][] = [
  [['a', 'b'], 'low a.B'],
  [['a', 'list', 0], 'high A.list.0'],
  [['a', 'list', 1], undefined],
  [['a', 'off'], 'high A.off'],
  [['a', 'off', 'x'], undefined],
  [['a', 'o', 'p'], 'low a.o.p'],
  [['a', 'o', 'q'], 'high A.o.q'],
  [['a', 'none'], undefined],
]

for (const [path, origin] of origins) {
  test(`${path.join('.')} comes from ${origin ?? 'nowhere'}`, () => {
    const source = originOf(layers, path, 'value')
    expect(source?.kind === 'key' ? `${source.store} ${source.key}` : undefined).toBe(origin)
  })
}

test('what is missing is placed at the nearest thing around it', () => {
  expect(originAround(layers, ['a', 'o', 'none', 'deeper'], 'value')).toEqual({ kind: 'key', store: 'high', key: 'A.o' })
})
