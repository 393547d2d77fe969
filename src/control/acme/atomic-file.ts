import { copyFile, link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GatewayError } from '../../errors.ts'

/** Only the owner. */
const MODE = 0o600

/** Others could read, or write. */
const TOO_OPEN = 0o077

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown'

/**
 * A file that is at every moment complete, whatever ends the process: a new text goes into a file of its own, which reaches
 * the disk before it takes the place of the old one. The text before the last one stays beside it.
 */
export class AtomicFile {
  readonly path: string
  #last: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.path = path
  }

  /** The text, '' where there is none yet. Fails where others could read it too. */
  async read(): Promise<string> {
    try {
      const { mode } = await stat(this.path)
      if (process.platform !== 'win32' && (mode & TOO_OPEN) !== 0) {
        throw new GatewayError('GTW_ACME_STORAGE', `${this.path} can be read by others (mode ${(mode & 0o777).toString(8)}, expected 600)`)
      }
      return await readFile(this.path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      if (error instanceof GatewayError) throw error
      throw new GatewayError('GTW_ACME_STORAGE', `${this.path} (${codeOf(error)})`)
    }
  }

  /** What was there before the last write; '' where there is nothing. */
  async readPrevious(): Promise<string> {
    try {
      return await readFile(this.#previous, 'utf8')
    } catch {
      return ''
    }
  }

  /** Writes go one after the other; resolves when the text would survive a power cut. */
  write(text: string): Promise<void> {
    const written = this.#last.then(() => this.#write(text))
    this.#last = written.catch(() => {})
    return written
  }

  get #previous(): string {
    return `${this.path}.previous`
  }

  async #write(text: string): Promise<void> {
    const temporary = `${this.path}.new`
    try {
      await rm(temporary, { force: true })
      await writeDurably(temporary, text, 'wx')
      await this.#keepPrevious()
      await this.#replace(temporary, text)
      await syncFolder(dirname(this.path))
    } catch (error) {
      throw new GatewayError('GTW_ACME_STORAGE', `${this.path} cannot be written (${codeOf(error)})`)
    }
  }

  async #keepPrevious(): Promise<void> {
    const temporary = `${this.#previous}.new`
    await rm(temporary, { force: true })
    try {
      await link(this.path, temporary)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      // A file system without links, or a file that is a mount of its own.
      await copyFile(this.path, temporary)
    }
    await rename(temporary, this.#previous)
  }

  /** A single file that is mounted into a container cannot be replaced, only filled: then the copy beside it is the safety net. */
  async #replace(temporary: string, text: string): Promise<void> {
    try {
      await rename(temporary, this.path)
    } catch (error) {
      if (codeOf(error) !== 'EBUSY') throw error
      await writeDurably(this.path, text, 'w')
      await rm(temporary, { force: true })
    }
  }
}

async function writeDurably(path: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flags, MODE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The new name is in the folder, which has to reach the disk as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    // Some file systems cannot do that, and need not.
    if (codeOf(error) !== 'EINVAL') throw error
  } finally {
    await folder.close()
  }
}
