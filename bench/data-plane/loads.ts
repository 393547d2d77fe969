import { type Row, rows } from '../rows.ts'

const [smallRow] = rows.filter(({ name }) => name === 'small')
if (smallRow === undefined) throw new Error('bench/rows.ts has no row "small"')

/** The small GET of the side-by-side bench. */
export const small: Row = smallRow
