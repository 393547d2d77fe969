import { expect, test } from 'vitest'
import { Headers } from '../../http/headers.ts'
import { RequestHead } from '../../http/request.ts'
import { AcmeHttp } from './acme-http.ts'

const service = new AcmeHttp()
service.replace([{ host: 'a.test', token: 'Tok-en_1', answer: 'Tok-en_1.thumbprint' }])

function ask(host: string, path: string): { status: number; text: string } {
  const request = new RequestHead('GET', path, new Headers([]))
  request.host = host
  const answer = { status: 0, text: '' }
  service.dispatch(request, {
    onRequestStart() {},
    onRequestUpgrade() {},
    onResponseInfo() {},
    onResponseStart(_controller, status) {
      answer.status = status
    },
    onResponseData(_controller, chunk) {
      answer.text += chunk
    },
    onResponseEnd() {},
    onResponseError() {},
  })
  return answer
}

const BASE = '/.well-known/acme-challenge/'

const cases: readonly (readonly [why: string, host: string, path: string, status: number])[] = [
  ['the token on its host', 'a.test', `${BASE}Tok-en_1`, 200],
  ['the host in another spelling, with a port', 'A.Test.:80', `${BASE}Tok-en_1`, 200],
  ['the token on another host', 'b.test', `${BASE}Tok-en_1`, 404],
  ['another token', 'a.test', `${BASE}Tok-en_2`, 404],
  ['no token', 'a.test', BASE, 404],
  ['more than the token', 'a.test', `${BASE}Tok-en_1/x`, 404],
  ['a way around', 'a.test', `${BASE}../acme-challenge/Tok-en_1`, 404],
  ['a host that could be read as part of the token', 'a.test/x', `${BASE}Tok-en_1`, 404],
  ['another path', 'a.test', '/x', 404],
]
for (const [why, host, path, status] of cases) {
  test(`${why}: ${status}`, () => {
    const answer = ask(host, path)
    expect(answer.status).toBe(status)
    if (status === 200) expect(answer.text).toBe('Tok-en_1.thumbprint')
    else expect(answer.text).not.toContain('Tok-en')
  })
}
