import { mkdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { dependencyOf, pluginSource } from './plugin-source.ts'

const written: readonly { why: string; written: string; meant: object }[] = [
  { why: 'a name', written: 'my-provider', meant: { kind: 'registry', name: 'my-provider', range: 'latest', spec: 'my-provider@latest' } },
  { why: 'a name in a scope', written: '@me/provider', meant: { kind: 'registry', name: '@me/provider', range: 'latest' } },
  {
    why: 'a range',
    written: '@me/provider@^1.2',
    meant: { kind: 'registry', name: '@me/provider', range: '^1.2', spec: '@me/provider@^1.2' },
  },
  { why: 'a range with blanks', written: 'my-provider@>=1 <3', meant: { kind: 'registry', name: 'my-provider', range: '>=1 <3' } },
  { why: 'a folder beside', written: './provider', meant: { kind: 'path', path: '/here/provider', spec: 'file:/here/provider' } },
  { why: 'this folder', written: '.', meant: { kind: 'path', path: '/here' } },
  { why: 'the folder above', written: '..', meant: { kind: 'path', path: '/' } },
  { why: 'an absolute path', written: '/opt/provider', meant: { kind: 'path', path: '/opt/provider' } },
  { why: 'a tarball', written: 'provider-1.0.0.tgz', meant: { kind: 'path', path: '/here/provider-1.0.0.tgz' } },
  { why: 'a path that npm would write', written: 'file:../provider', meant: { kind: 'path', path: '/provider' } },
  { why: 'a file as a URL', written: 'file:///opt/provider', meant: { kind: 'path', path: '/opt/provider' } },
  { why: 'a tarball elsewhere', written: 'https://host.test/provider.tgz', meant: { kind: 'url', spec: 'https://host.test/provider.tgz' } },
  { why: 'a repository', written: 'git+ssh://git@host.test/me/provider.git', meant: { kind: 'url' } },
  { why: 'a repository on GitHub', written: 'me/provider', meant: { kind: 'url', spec: 'me/provider' } },
]
for (const { why, written: text, meant } of written) {
  test(`a plugin is named by ${why}`, () => {
    expect(pluginSource(text, '/here')).toMatchObject(meant)
  })
}

test('a folder that exists is meant before a repository of the same name', async () => {
  await using folder = await temporaryFolder()
  await mkdir(`${folder.path}/me/provider`, { recursive: true })
  expect(pluginSource('me/provider', folder.path)).toMatchObject({ kind: 'path', path: `${folder.path}/me/provider` })
})

const tarball = pluginSource('./one.tgz', '/here')
const dependencies: readonly { why: string; before: object; after: object; is: string | undefined }[] = [
  { why: 'is new', before: { a: '1' }, after: { a: '1', one: 'file:../here/one.tgz' }, is: 'one' },
  { why: 'came from elsewhere before', before: { one: '^1' }, after: { one: 'file:../here/one.tgz' }, is: 'one' },
  {
    why: 'was there before',
    before: { a: 'file:../a', one: 'file:../here/one.tgz' },
    after: { a: 'file:../a', one: 'file:../here/one.tgz' },
    is: 'one',
  },
  { why: 'is not there', before: { a: '1' }, after: { a: '1' }, is: undefined },
]
for (const { why, before, after, is } of dependencies) {
  test(`what npm made of a tarball is found where it ${why}`, () => {
    expect(dependencyOf(tarball, before as Record<string, string>, after as Record<string, string>, '/data')).toBe(is)
  })
}
