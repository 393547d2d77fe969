import type { ServerHttp2Stream } from 'node:http2'

/** Streams that a server holds open until it is told to answer them. */
export class HeldStreams {
  readonly streams: ServerHttp2Stream[] = []
  #listener: () => void = () => {}

  readonly add = (stream: ServerHttp2Stream): void => {
    this.streams.push(stream)
    this.#listener()
  }

  /** Waits until so many are held. */
  async count(number: number): Promise<void> {
    if (this.streams.length >= number) return
    await new Promise<void>((resolve) => {
      this.#listener = () => {
        if (this.streams.length >= number) resolve()
      }
    })
  }

  answer(): void {
    for (const stream of this.streams.splice(0)) if (!stream.destroyed) stream.respond({ ':status': 200 }, { endStream: true })
  }
}
