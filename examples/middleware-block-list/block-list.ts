import { readFileSync } from 'node:fs'
import { defineMiddleware, object, string } from 'gateway/middleware'

/** Turns away clients whose user agent contains one of the words of a list. */
export default defineMiddleware({
  name: 'blockList',
  options: object('Turns clients away by their user agent.', {
    list: string('A file with a word on each line, relative to this module.', { default: './blocked.txt' }),
  }),
  // The list is read once, when the configuration is built, and never for a request.
  build({ list }, { log }) {
    const lines = readFileSync(new URL(list, import.meta.url), 'utf8')
      .toLowerCase()
      .split('\n')
    const words = lines.map((line) => line.trim()).filter((line) => line !== '')
    log.debug('the list was read', { words: words.length })
    return {
      request({ headers }) {
        const agent = headers.get('user-agent')?.toLowerCase() ?? ''
        return words.some((word) => agent.includes(word)) ? { status: 403, body: 'go away\n' } : undefined
      },
    }
  },
})
