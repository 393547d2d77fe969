import { connect, type Socket } from 'node:net'

// Clients that send one wrong password after the other, each on a connection of its own: logins.ts PORT PATH CONNECTIONS SECONDS.

/** What it prints at its end, as a line of JSON. */
export interface LoginSummary {
  /** Answers with 401: passwords that were looked at. */
  readonly refused: number
  /** Answers with 503: there was no room for them. */
  readonly busy: number
  readonly ms: number
}

const [port, path, connections, seconds] = process.argv.slice(2) as [string, string, string, string]
let refused = 0
let busy = 0
let guesses = 0

/** Never the same one twice: what is known need not be checked. */
function guess(socket: Socket): void {
  const credentials = Buffer.from(`carol:guess-${guesses++}`).toString('base64')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Basic ${credentials}\r\n\r\n`)
}

for (let index = 0; index < Number(connections); index++) {
  const socket = connect(Number(port), '127.0.0.1', () => guess(socket))
  socket.on('data', (answer) => {
    const head = answer.toString('latin1')
    if (head.startsWith('HTTP/1.1 401')) refused++
    else if (head.startsWith('HTTP/1.1 503')) busy++
    else throw new Error(`an answer that is none: ${head}`)
    // Who is told to come later does so, or the sum of refusals would be what is measured.
    if (head.startsWith('HTTP/1.1 503')) setTimeout(guess, 1000, socket)
    else guess(socket)
  })
}

const startedAt = performance.now()
setTimeout(() => {
  const summary: LoginSummary = { refused, busy, ms: performance.now() - startedAt }
  console.log(JSON.stringify(summary))
  process.exit()
}, Number(seconds) * 1000)
