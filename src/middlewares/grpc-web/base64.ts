import { GatewayError } from '../../errors.ts'

const QUANTUM = 4
const TEXT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Decodes Base64 that comes in pieces; padding may stand at the end of each piece that its sender encoded (RFC 4648 §4). */
export class Base64Decoder {
  #rest = ''

  /** Returns what is complete; throws where it is no Base64. */
  push(chunk: Buffer): Buffer {
    const text = this.#rest + chunk.toString('latin1').replace(/[\r\n]/g, '')
    const whole = text.length - (text.length % QUANTUM)
    this.#rest = text.slice(whole)
    return Buffer.concat(decodedParts(text.slice(0, whole)))
  }

  /** Throws where something is missing. */
  end(): void {
    if (this.#rest !== '') throw new GatewayError('GTW_REQUEST_INCOMPLETE', 'the Base64 of its content ends too early')
  }
}

/** Each part up to its padding is a text of its own. */
function decodedParts(text: string): Buffer[] {
  const parts: Buffer[] = []
  for (let from = 0; from < text.length; ) {
    const padding = text.indexOf('=', from)
    const end = padding === -1 ? text.length : from + Math.ceil((padding + 1 - from) / QUANTUM) * QUANTUM
    const part = text.slice(from, end)
    if (!TEXT.test(part)) throw new GatewayError('GTW_REQUEST_INCOMPLETE', 'its content is not Base64')
    parts.push(Buffer.from(part, 'base64'))
    from = end
  }
  return parts
}
