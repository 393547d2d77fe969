import type { Answer } from '../../thread/question.ts'
import { goJson } from './go-json.ts'
import type { Refusal } from './refusal.ts'

/** What is told is for whoever asked, for now, and never a page. */
const COMMON: readonly string[] = [
  ...['X-Content-Type-Options', 'nosniff'],
  ...['Cache-Control', 'no-store'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
]

export function json(content: unknown, fields: readonly string[] = []): Answer {
  return { status: 200, headers: ['Content-Type', 'application/json', ...COMMON, ...fields], content: goJson(content) }
}

export function archive(content: Uint8Array): Answer {
  const fields = ['Content-Type', 'application/gzip', 'Content-Disposition', 'attachment; filename="support-dump.tar.gz"']
  return { status: 200, headers: [...fields, ...COMMON], content }
}

/** JSON as well, under the type that clients know from Traefik. */
export function refusal({ status, message }: Refusal): Answer {
  const allowed = status === 405 ? ['Allow', 'GET, HEAD'] : []
  return { status, headers: ['Content-Type', 'text/plain; charset=utf-8', ...COMMON, ...allowed], content: goJson({ message }) }
}
