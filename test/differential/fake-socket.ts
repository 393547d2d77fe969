import { Duplex, type Readable } from 'node:stream'

/** No limit of node:http shall decide: those of the two readers differ, and have their own tests. */
export const LARGEST_HEAD = 1_048_576

/** Stands for a connection: octets are emitted instead of sent, so that they are read within the call. */
export class FakeSocket extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }
}

/** The content that a message has so far. */
export function contentOf(message: Readable): string {
  let content = ''
  for (let chunk: Buffer | null = message.read(); chunk !== null; chunk = message.read()) content += chunk.toString('latin1')
  return content
}
