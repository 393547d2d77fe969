import { hash } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import { expect, test } from 'vitest'
import { PasswordChecks } from './password-checks.ts'

test('passwords are compared in another thread, each answer with its question', async () => {
  const checks = new PasswordChecks()
  const hashes = [hashSync('secret', 4), '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/', `{SHA}${hash('sha1', 'pass', 'base64')}`, 'no hash']
  const given = ['secret', 'myPassword', 'pass', 'no hash']
  const answers = await Promise.all(hashes.flatMap((text) => given.map((password) => checks.check(password, text))))
  const right = hashes.map((_, index) => given.map((_, other) => index === other && index < 3))
  expect(answers).toEqual(right.flat())
})
