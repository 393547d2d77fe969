let second = 0
let text = ''

/** The value of Date (RFC 9110 §6.6.1), made once a second: making it costs as much as writing a small head. */
export function httpDate(): string {
  const now = Date.now()
  const current = now - (now % 1000)
  if (current !== second) {
    second = current
    text = new Date(now).toUTCString()
  }
  return text
}
