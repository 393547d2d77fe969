/**
 * How many final responses are complete in these bytes. Just enough of RFC 9112 §6.3 for tests: it trusts the sender,
 * passes over 1xx responses but 101, and knows no HEAD or CONNECT, whose responses cannot be told apart without the request.
 */
export function responsesIn(bytes: Buffer): number {
  const text = bytes.toString('latin1')
  let count = 0
  for (let at = 0; at < text.length; ) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    if (headEnd === -1) break
    const head = text.slice(at, headEnd)
    const end = endOfBody(text, headEnd + 4, head)
    if (end === undefined || end > text.length) break
    if (!/^HTTP\/1\.\d 1(?!01)\d\d/.test(head)) count += 1
    at = end
  }
  return count
}

/** Where the body that begins at `start` ends, or undefined where that is not known yet. */
function endOfBody(text: string, start: number, head: string): number | undefined {
  if (/^HTTP\/1\.\d (1\d\d|204|304)/.test(head)) return start
  if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) return endOfChunks(text, start)
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1]
  return length === undefined ? undefined : start + Number(length)
}

function endOfChunks(text: string, start: number): number | undefined {
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (Number.isNaN(size)) return undefined
    if (size === 0) return endOfTrailers(text, lineEnd)
    at = lineEnd + 2 + size + 2
  }
}

/** The last chunk's line is followed by trailer fields, if any, and an empty line. */
function endOfTrailers(text: string, lineEnd: number): number | undefined {
  const end = text.indexOf('\r\n\r\n', lineEnd)
  return end === -1 ? undefined : end + 4
}
