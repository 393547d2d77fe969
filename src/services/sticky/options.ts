import { boolean, type Infer, integer, object, section, string } from '../../schema/index.ts'

const cookie = object(
  'The cookie that tells which one a client stays with.',
  {
    name: string('Name of the cookie; without one, it is made from the name of the service.', { default: '' }),
    secure: boolean('Only sent back over TLS.', { default: false }),
    httpOnly: boolean('Not shown to scripts.', { default: false }),
    sameSite: string('`none`, `lax` or `strict`; without one, browsers decide.', { default: '', check: expectedOfSameSite }),
    maxAge: integer('Seconds that it is kept; 0: as long as the browser runs, negative: not at all.', { default: 0 }),
    path: string('Path below which it is sent back.', { default: '/' }),
    domain: string('Domain in which it is sent back; without one, the host of the request.', { default: '' }),
  },
  { standalone: true },
)

/** How a client stays with one server or child service. */
export const stickyOptions = object('Keeps a client with whoever answered it first.', { cookie: section(cookie) }, { standalone: true })

export type CookieOptions = Infer<typeof cookie>

function expectedOfSameSite(value: string): string | undefined {
  return /^(none|lax|strict)?$/i.test(value) ? undefined : 'none, lax or strict'
}
