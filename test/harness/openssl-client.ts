import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Connects with `openssl s_client`, a client that is not ours, and returns all that it says; `input` is sent and its end closes. */
export async function opensslClient(port: number, args: readonly string[], input = ''): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  // A handshake that fails ends it before it has read anything.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return out + errors
}

/** The suite of a handshake that it has done, as OpenSSL calls it; undefined where there was none. */
export function suiteIn(said: string): string | undefined {
  const [, suite = '(NONE)'] = /^New, [^,]+, Cipher is (\S+)$/m.exec(said) ?? []
  return suite === '(NONE)' ? undefined : suite
}
