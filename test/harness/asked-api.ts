import { aggregate, type Said } from '../../src/control/aggregator.ts'
import { Api } from '../../src/control/api/api.ts'
import { ServerReports } from '../../src/control/api/health.ts'
import { CellAllocator } from '../../src/control/cell-allocator.ts'
import type { CheckFacts } from '../../src/control/health/server-check.ts'
import { INTERNAL, internalConfiguration } from '../../src/control/internal.ts'
import { verify } from '../../src/control/verify.ts'
import { SERVER_WORDS, ServerState, serverKey } from '../../src/services/server-state.ts'
import type { Answer, Question } from '../../src/thread/question.ts'
import { staticOf } from './static.ts'

/** Words of shared memory. */
const CELLS = 65_536

interface ApiOptions {
  /** Static configuration as a user writes it; `api` is on where it is not said. */
  readonly static?: object
  /** What each provider says. */
  readonly said?: Readonly<Record<string, object>>
  readonly factsOf?: (key: string) => CheckFacts | undefined
}

/** An API with what came of a check of these words, and the shared memory of their servers. */
export function apiOf({ static: written = {}, said = {}, factsOf = () => undefined }: ApiOptions) {
  const configuration = staticOf({ entryPoints: { web: { address: ':80' } }, api: {}, ...written })
  const messages = [
    { provider: INTERNAL, message: internalConfiguration(configuration) },
    ...Object.entries(said).map(([provider, content]) => ({ provider, message: { configuration: content } })),
  ]
  const words = messages.reduce<Said>(aggregate, new Map())
  const verified = verify(words, configuration)
  const cells = new CellAllocator({ now: () => 0 }, CELLS)
  const snapshot = { ...verified.snapshot, cells: cells.place(verified.cells) }
  const reports = new ServerReports({ words: cells.words, places: () => snapshot.cells, factsOf })
  const api = new Api({ configuration, providers: [], version: '1.2.3', hostname: 'Machine', reports, snapshot: () => snapshot })
  api.review({ said: words, verified })
  api.found(verified.findings)
  const ask = (target: string, question: Partial<Question> = {}): Promise<Answer> => api.answer(questionTo(target, question))
  return {
    api,
    ask,
    read: async (target: string) => JSON.parse(String((await ask(target)).content)),
    /** What workers know of a server. */
    server: (service: string, url: string) => new ServerState(cells.cells(serverKey(service, url), SERVER_WORDS)),
  }
}

/** A question to the API as a worker passes it on. */
function questionTo(target: string, question: Partial<Question>): Question {
  const [path = '', query] = target.split('?')
  const whole = { service: 'api@internal', method: 'GET', path, query, headers: [], scheme: 'http', host: 'localhost' } as const
  return { ...whole, entryPoint: 'gateway', peer: '127.0.0.1', ...question }
}
