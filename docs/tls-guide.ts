/** The page with the table of handshakes. */
export const GUIDE = new URL('guide/tls.md', import.meta.url)

const [BEGIN, END] = ['<!-- table of handshakes -->\n\n', '\n<!-- end of the table -->']

/** The table of the page. */
export function tableIn(page: string): string {
  return page.slice(startOf(page), page.indexOf(END))
}

/** The page with another table. */
export function withTable(page: string, table: string): string {
  return page.slice(0, startOf(page)) + table + page.slice(page.indexOf(END))
}

function startOf(page: string): number {
  return page.indexOf(BEGIN) + BEGIN.length
}
