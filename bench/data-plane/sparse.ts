import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Nginx } from '../../test/harness/nginx.ts'

/** The name of a file of zeros at the origin, which takes no space. */
export const SPARSE = 'zeros'

const GIB = 1024 ** 3

/** Puts the file of zeros, 1 GiB of them, under the root of the origin. */
export async function addSparseFile({ folder }: Nginx): Promise<void> {
  const file = join(folder, 'files', SPARSE)
  await writeFile(file, '')
  await truncate(file, GIB)
}
