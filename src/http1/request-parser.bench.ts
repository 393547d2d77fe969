import { test } from 'vitest'
import { RequestParser, type RequestParserEvents } from './request-parser.ts'

const ignore: RequestParserEvents = { onRequestHead() {}, onRequestData() {}, onRequestEnd() {} }

/** What a browser sends for a page: 14 fields. */
const browserGet = Buffer.from(
  [
    'GET /articles/2026/a-long-day?utm_source=mail&utm_medium=link HTTP/1.1',
    'Host: www.example.com',
    'Connection: keep-alive',
    'Cache-Control: max-age=0',
    'sec-ch-ua: "Chromium";v="139", "Not;A=Brand";v="99"',
    'sec-ch-ua-mobile: ?0',
    'sec-ch-ua-platform: "Linux"',
    'Upgrade-Insecure-Requests: 1',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
    'Sec-Fetch-Site: none',
    'Sec-Fetch-Mode: navigate',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
    'Cookie: session=9f2c4a7be10d4c55a1b0c2d3e4f50617; theme=dark; consent=1',
    '',
    '',
  ].join('\r\n'),
)

function feed(parser: RequestParser, size: number): void {
  for (let at = 0; at < browserGet.length; at += size) parser.execute(browserGet, at, Math.min(at + size, browserGet.length))
}

test('a request head of 14 fields', async ({ bench }) => {
  const parser = new RequestParser(ignore)
  await bench.compare(
    bench('in one piece', () => feed(parser, browserGet.length)),
    bench('in pieces of 100 octets', () => feed(parser, 100)),
  )
})
