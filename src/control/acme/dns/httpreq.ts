import { AcmeError } from '../acme-error.ts'
import type { DnsRecords, TextRecord } from './dns-solver.ts'
import { requiredSetting, secondsSetting, settingOf } from './setting.ts'

/** Calls a web hook: `POST HTTPREQ_ENDPOINT/present` and `/cleanup` with `{"fqdn","value"}`, with `HTTPREQ_MODE=RAW` `{"domain","token","keyAuth"}`. */
export function httpreqRecords(env: NodeJS.ProcessEnv): DnsRecords {
  const endpoint = requiredSetting(env, 'HTTPREQ_ENDPOINT').replace(/\/+$/, '')
  const isRaw = settingOf(env, 'HTTPREQ_MODE') === 'RAW'
  const [username, password] = [settingOf(env, 'HTTPREQ_USERNAME'), settingOf(env, 'HTTPREQ_PASSWORD')]
  const hook: Hook = {
    timeoutMs: secondsSetting(env, 'HTTPREQ_HTTP_TIMEOUT', 30),
    headers: {
      'Content-Type': 'application/json',
      ...(username === '' ? {} : { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
    },
  }
  const bodyFor = ({ fqdn, value, proof }: TextRecord): object =>
    isRaw ? { domain: proof.name, token: proof.token, keyAuth: proof.keyAuthorization } : { fqdn, value }
  return {
    set: (record) => call(`${endpoint}/present`, bodyFor(record), hook),
    remove: (record) => call(`${endpoint}/cleanup`, bodyFor(record), hook),
    timeoutMs: secondsSetting(env, 'HTTPREQ_PROPAGATION_TIMEOUT', 60),
    intervalMs: secondsSetting(env, 'HTTPREQ_POLLING_INTERVAL', 2),
  }
}

interface Hook {
  readonly timeoutMs: number
  readonly headers: Readonly<Record<string, string>>
}

async function call(url: string, body: object, { timeoutMs, headers }: Hook): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: Error & { readonly cause?: { readonly code?: string } }) => {
    throw new AcmeError('GTW_ACME_CHALLENGE', `the web hook in HTTPREQ_ENDPOINT cannot be called (${error.cause?.code ?? error.name})`)
  })
  await response.body?.cancel()
  if (!response.ok) throw new AcmeError('GTW_ACME_CHALLENGE', `the web hook in HTTPREQ_ENDPOINT answered ${response.status}`)
}
