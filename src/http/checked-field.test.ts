import { expect, test } from 'vitest'
import { CheckedField } from './checked-field.ts'
import { Headers } from './headers.ts'

test('a field that would end its line, or be another one, cannot be made', () => {
  for (const name of ['', 'a b', 'a:', 'a\n', 'ä']) expect(() => new CheckedField(name, 'x')).toThrow('is not the name of a header field')
  for (const value of ['a\r\nb: c', 'a\nb', 'a\0', '\x7f', '€']) expect(() => new CheckedField('a', value)).toThrow('control character')
  expect(new CheckedField('X-A', 'a\tb \xff')).toMatchObject({ name: 'X-A', lowerName: 'x-a', value: 'a\tb \xff' })
})

test('checked fields leave what was read as read, others do not', () => {
  const headers = new Headers(['x-a', '1', 'X-B', '2', 'X-A', '3'], true)
  headers.put(new CheckedField('X-A', '4'))
  headers.put(new CheckedField('X-C', '5'))
  headers.add(new CheckedField('X-C', '6'))
  expect([headers.raw, headers.isRead]).toEqual([['X-A', '4', 'X-B', '2', 'X-C', '5', 'X-C', '6'], true])
  headers.append('X-D', '7')
  expect(headers.isRead).toBe(false)
})
