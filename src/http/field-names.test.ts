import { expect, test } from 'vitest'
import { FieldNames } from './field-names.ts'

const names = new FieldNames(['te', 'x-real-ip', 'forwarded'])

const cases = [
  { name: 'te', slot: 0, isMember: true },
  { name: 'X-Real-Ip', slot: 1, isMember: true },
  { name: 'FORWARDED', slot: 2, isMember: true },
  { name: 'X_REAL-ip', slot: 1, isMember: false },
  { name: 'X-Real_Ip', slot: 1, isMember: false },
  { name: 'x-real-iq', slot: -1, isMember: false },
  { name: 'x\rreal-ip', slot: -1, isMember: false },
  { name: '', slot: -1, isMember: false },
  { name: 'a-name-that-is-longer-than-all', slot: -1, isMember: false },
]

for (const { name, slot, isMember } of cases) {
  test(`the field name "${name}" has slot ${slot} and is ${isMember ? '' : 'not '}a member`, () => {
    expect(names.slotOf(name)).toBe(slot)
    expect(names.has(name)).toBe(isMember)
  })
}
