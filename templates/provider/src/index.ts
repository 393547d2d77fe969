import { readFile } from 'node:fs/promises'
import { defineProvider, duration, object, type ProviderMessage, readDocument, string } from 'gateway/provider'

/** Reads a document again and again; replace `read` with a way to your own source. */
export const provider = defineProvider({
  name: '{{name}}',
  options: object('Reads routing configuration from a document.', {
    filename: string('A YAML, TOML or JSON document in the shape of the dynamic configuration.', { required: true }),
    pollInterval: duration('How long to wait from one look at it to the next.', { default: '1s', min: '1ms' }),
  }),

  async provide({ options, emit, signal, status, onReload }) {
    let wake = (): void => {}
    onReload(() => wake())
    signal.addEventListener('abort', () => wake(), { once: true })
    let last: string | undefined
    let good: ProviderMessage = { configuration: {} }
    while (!signal.aborted) {
      try {
        const text = await read(options.filename)
        // After its end nothing may be said, and nothing is said twice.
        if (!signal.aborted && text !== last) {
          last = text
          const message = messageOf(text, options.filename)
          if (message.findings === undefined) good = message
          // Each message replaces all that was said before: what was good goes on beside what is wrong now.
          emit({ ...good, ...message, configuration: good.configuration })
        }
        status('ready')
      } catch (error) {
        // The source is away: what was said stays in force.
        status('failed', (error as Error).message)
      }
      if (!signal.aborted) await new Promise<void>((resolve) => waking(options.pollInterval, resolve))
    }

    function waking(ms: number, resolve: () => void): void {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    }
  },

  /** One reading without watching, for `gateway validate`. */
  load: async ({ filename }) => messageOf(await read(filename), filename),
})

/** Answers the hook `gateway:providers`: what this plugin brings. */
export default async function providers() {
  return [provider]
}

function read(filename: string): Promise<string> {
  return readFile(filename, 'utf8')
}

/** What a document says, and where each value stands; of a broken one, only what is wrong with it. */
function messageOf(text: string, filename: string): ProviderMessage {
  const { value, findings, locate } = readDocument(text, filename)
  const isBroken = findings.some(({ severity }) => severity === 'error')
  return isBroken ? { configuration: {}, findings } : { configuration: value, locate }
}
