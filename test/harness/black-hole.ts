import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

export interface BlackHole extends AsyncDisposable {
  /** Connections to it are neither accepted nor refused. */
  readonly url: string
}

/** Listens with the smallest backlog, then never comes back to accept. */
const LISTENER = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  Atomics.wait(new Int32Array(workerData), 0, 0)
})
`

/** More than the kernel queues for such a backlog. */
const FILL = 6

/** Starts a server that a connection attempt hangs on. */
export async function startBlackHole(): Promise<BlackHole> {
  const lock = new SharedArrayBuffer(4)
  const worker = new Worker(LISTENER, { eval: true, workerData: lock })
  const [port] = (await once(worker, 'message')) as [number]
  const sockets: Socket[] = Array.from({ length: FILL }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await once(sockets[0] as Socket, 'connect')
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      Atomics.store(new Int32Array(lock), 0, 1)
      Atomics.notify(new Int32Array(lock), 0)
      await worker.terminate()
    },
  }
}
