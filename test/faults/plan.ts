import type { Random } from '../harness/random.ts'

/** What a server does with a request, once it has all of it unless the name says otherwise. */
const DEEDS = [
  'counted',
  'counted',
  'counted',
  'chunked',
  'chunked',
  'until-close',
  'infos',
  'no-content',
  'fin',
  'reset',
  'fin-in-head',
  'reset-in-head',
  'fin-in-content',
  'reset-in-content',
  'fin-in-chunks',
  'no-http',
  'bad-chunk',
  'many-infos',
  'second-behind',
  'fin-behind',
  'reset-behind',
  'early',
  'early-fin',
  'early-reset',
  'stall',
  'stall-in-content',
] as const
export type Deed = (typeof DEEDS)[number]

/** One request of a random run; all but the client's own faults stands in its path, so that the server knows what to do. */
export interface Plan {
  readonly id: number
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly deed: Deed
  /** Octets of the answer's content. */
  readonly size: number
  /** Octets of the request's content; -1 for none. */
  readonly upload: number
  readonly uploadChunked: boolean
  /** 0 for HTTP/1.0: such a request is the last one of its connection. */
  readonly minor: 0 | 1
  /** The client asks to be told to go on, and does not wait for it. */
  readonly expects: boolean
  /** The client does not read for a while. */
  readonly isLazy: boolean
  /** The client leaves when it has sent so much of the request, from 0 to 1; 2: it stays. */
  readonly leavesAt: number
}

export function randomPlan(id: number, random: Random): Plan {
  const method = random.pick(['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const)
  const minor = random.chance(0.1) ? 0 : 1
  const uploads = method === 'POST' || (method === 'PUT' && random.chance(0.5))
  return {
    id,
    method,
    deed: random.pick(DEEDS),
    size: random.pick([0, 1, 100, 5_000, 70_000, 300_000]),
    upload: uploads ? random.pick([0, 1, 100, 5_000, 100_000, 600_000]) : -1,
    uploadChunked: minor === 1 && random.chance(0.5),
    minor,
    expects: uploads && random.chance(0.2),
    isLazy: random.chance(0.2),
    leavesAt: random.chance(0.1) ? random.next() : 2,
  }
}

const pathOf = ({ id, deed, size }: Plan): string => `/${id}/${deed}/${size}`

/** Content that only the answer to this request can have. */
export function contentOf(id: number, size: number): string {
  return `<${id}>`.repeat(Math.ceil(size / 3)).slice(0, size)
}

export function requestOf(plan: Plan): string {
  const expectation = plan.expects ? 'Expect: 100-continue\r\n' : ''
  const head = `${plan.method} ${pathOf(plan)} HTTP/1.${plan.minor}\r\nHost: a\r\n${expectation}`
  if (plan.upload < 0) return `${head}\r\n`
  const content = contentOf(plan.id, plan.upload)
  if (!plan.uploadChunked) return `${head}Content-Length: ${content.length}\r\n\r\n${content}`
  const half = Math.ceil(content.length / 2)
  const chunks = [content.slice(0, half), content.slice(half)].filter((part) => part !== '')
  const coded = chunks.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
  return `${head}Transfer-Encoding: chunked\r\n\r\n${coded}0\r\n\r\n`
}
