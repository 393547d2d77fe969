import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { candidateFiles, findFile, isForeignName } from './find-file.ts'

test('our names come before those of Traefik, and nearer folders before farther ones', () => {
  const candidates = candidateFiles({ XDG_CONFIG_HOME: '/xdg', HOME: '/home/u' }, '/srv')
  expect(candidates).toHaveLength(32)
  expect(candidates.filter((file) => file.endsWith('.yml'))).toEqual([
    '/srv/gateway.yml',
    '/xdg/gateway/gateway.yml',
    '/home/u/.config/gateway/gateway.yml',
    '/etc/gateway/gateway.yml',
    '/srv/traefik.yml',
    '/xdg/gateway/traefik.yml',
    '/home/u/.config/gateway/traefik.yml',
    '/etc/gateway/traefik.yml',
  ])
  expect(candidates.slice(0, 4)).toEqual(['yml', 'yaml', 'toml', 'json'].map((extension) => `/srv/gateway.${extension}`))
})

test('folders that the environment does not name are not searched', () => {
  expect(candidateFiles({}, '/srv').filter((file) => file.endsWith('gateway.yml'))).toEqual([
    '/srv/gateway.yml',
    '/etc/gateway/gateway.yml',
  ])
})

test('the first file wins; a folder of that name is none', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'gateway.yml'))
  const toml = await folder.write('gateway.toml', '')
  await folder.write('traefik.yml', '')
  expect(findFile(candidateFiles({}, folder.path))).toBe(toml)
})

test('no file is no error', async () => {
  await using folder = await temporaryFolder()
  expect(findFile([join(folder.path, 'gateway.yml')])).toBeUndefined()
})

test('a foreign name is told by the file, not by its folder', () => {
  expect([isForeignName('/a/traefik.yml'), isForeignName('/traefik.d/gateway.yml')]).toEqual([true, false])
})
