// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are literal text in a configuration.
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { expandReferences } from './expand.ts'

test('references are replaced wherever a string stands, also within it', () => {
  const tree = { a: '${env:X}', b: ['${env:Y}', 1], c: { d: 'http://${env:X}:${env:Y}/' }, e: true }
  const { tree: expanded, issues } = expandReferences(tree, { X: 'host', Y: '80' }, '/')
  expect(issues).toEqual([])
  expect(expanded).toEqual({ a: 'host', b: ['80', 1], c: { d: 'http://host:80/' }, e: true })
})

test('a file is read from the working folder, without the newline at its end', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('secret', ' s3cret \n')
  const { tree } = expandReferences({ relative: '${file:secret}', absolute: `\${file:${file}}` }, {}, folder.path)
  expect(tree).toEqual({ relative: ' s3cret ', absolute: ' s3cret ' })
})

test('what a reference brings in is not expanded again', () => {
  expect(expandReferences({ a: '${env:X}' }, { X: '${env:Y}', Y: 'y' }, '/').tree).toEqual({ a: '${env:Y}' })
})

test('an empty variable is a value', () => {
  expect(expandReferences({ a: '${env:X}' }, { X: '' }, '/')).toEqual({ tree: { a: '' }, issues: [] })
})

test('other dollars stay', () => {
  expect(expandReferences({ a: '$1 ${1} $$ ${X}' }, {}, '/').tree).toEqual({ a: '$1 ${1} $$ ${X}' })
})

for (const [reference, expected] of [
  ['${env:NONE}', 'a variable that is set'],
  ['${file:/does/not/exist}', 'a file that can be read'],
]) {
  test(`${reference} is an issue at its place where it is not there`, () => {
    const { tree, issues } = expandReferences({ a: [`x${reference}`] }, {}, '/')
    expect(tree).toEqual({ a: [undefined] })
    expect(issues).toMatchObject([{ code: 'GTW_BAD_VALUE', severity: 'error', path: ['a', 0], expected }])
  })
}
