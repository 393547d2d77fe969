import { expect, test } from 'vitest'
import { bareName, providerOf, qualify } from './reference.ts'

test('a bare name belongs to the provider of the object that refers to it', () => {
  expect(qualify('app', 'docker')).toBe('app@docker')
})

test('a name with a provider is used as it is', () => {
  expect(qualify('app@file', 'docker')).toBe('app@file')
})

test('a qualified name splits at its last @, so that a name with an @ keeps it', () => {
  expect([bareName('app@file'), providerOf('app@file')]).toEqual(['app', 'file'])
  expect([bareName('a@b@file'), providerOf('a@b@file')]).toEqual(['a@b', 'file'])
})

test('a name without a provider is its own bare name', () => {
  expect(bareName('app')).toBe('app')
})
