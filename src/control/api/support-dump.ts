import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Packs texts by file name into a `tar.gz`. */
export async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  // Few will ever ask.
  const { pack } = await import('tar-stream')
  const archive = pack()
  for (const [name, text] of Object.entries(files)) archive.entry({ name, mode: 0o600 }, text)
  archive.finalize()
  return promisify(gzip)(await buffer(archive))
}
