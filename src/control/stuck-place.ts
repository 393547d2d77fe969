import { Session } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { Source } from '../findings/finding.ts'

type Place = Extract<Source, { kind: 'file' }>

/** A thread inside native code does not stop. */
const LONGEST_MS = 2_000

/** What the debugger of a thread says, as far as it matters here; lines and columns count from 0. */
type Said =
  | { readonly id: number; readonly method?: undefined }
  | { readonly method: 'Debugger.scriptParsed'; readonly params: { readonly scriptId: string; readonly url: string } }
  | { readonly method: 'Debugger.paused'; readonly params: { readonly callFrames: readonly Frame[] } }

interface Frame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

/**
 * Where a thread is that never returns to its event loop: the innermost line of a file; undefined where nobody can tell. The
 * thread is stopped for a moment to be asked: only a debugger gets a word in there, and a profile shows no loop that was
 * running before it began.
 */
export async function stuckPlace(worker: Worker): Promise<Place | undefined> {
  let thread: ThreadDebugger | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    thread = new ThreadDebugger(worker.threadId)
    timer = setTimeout(() => thread?.giveUp(), LONGEST_MS)
    return await thread.place
  } catch {
    // This Node.js has no debugger.
    return undefined
  } finally {
    clearTimeout(timer)
    thread?.close()
  }
}

/** Pauses one thread, reads its stack, and lets it go on. */
class ThreadDebugger {
  readonly place: Promise<Place | undefined>
  readonly #found = Promise.withResolvers<Place | undefined>()
  readonly #session = new Session()
  readonly #urls = new Map<string, string>()
  /** How the title of its inspector begins; the inspector counts threads by itself. */
  readonly #title: string
  #sessionId: string | undefined
  #place: Place | undefined
  #last = 0

  constructor(threadId: number) {
    this.place = this.#found.promise
    this.#title = `[worker ${threadId}]`
    this.#session.connect()
    this.#session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      if (!workerInfo.title.startsWith(this.#title)) return
      this.#sessionId = sessionId
      this.#ask('Debugger.enable')
      this.#ask('Debugger.pause')
    })
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      if (sessionId === this.#sessionId) this.#hear(JSON.parse(message) as Said)
    })
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => {
      if (error !== null) this.giveUp()
    })
  }

  giveUp(): void {
    this.#found.resolve(this.#place)
  }

  /** With the session goes the debugger. */
  close(): void {
    this.#session.disconnect()
  }

  #ask(method: string): void {
    const sessionId = this.#sessionId
    if (sessionId === undefined) return
    this.#last++
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id: this.#last, method }) })
  }

  #hear(said: Said): void {
    if (said.method === 'Debugger.scriptParsed') this.#urls.set(said.params.scriptId, said.params.url)
    else if (said.method === 'Debugger.paused') {
      this.#place = innermostPlace(said.params.callFrames, this.#urls)
      // A thread that is still paused when the debugger goes stays so, and cannot even be ended.
      this.#ask('Debugger.resume')
      this.#ask('Debugger.disable')
    } else if (said.method === undefined && this.#isAnswerToLast(said.id)) this.giveUp()
  }

  /** Whether it has gone on: until the pause only two questions were asked. */
  #isAnswerToLast(id: number): boolean {
    return this.#last > 2 && id === this.#last
  }
}

function innermostPlace(frames: readonly Frame[], urls: ReadonlyMap<string, string>): Place | undefined {
  for (const { location } of frames) {
    const url = urls.get(location.scriptId)
    if (url?.startsWith('file:') !== true) continue
    return { kind: 'file', file: fileURLToPath(new URL(url)), line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 }
  }
  return undefined
}
