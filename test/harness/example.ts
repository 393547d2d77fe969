import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunningGateway, startGateway } from './gateway.ts'

/** Starts the routes of an example as they stand in its folder, but with the addresses of the servers of a test. */
export async function startExample(folder: string, addresses: Readonly<Record<string, string>>): Promise<RunningGateway> {
  let routes = (await readFile(join(folder, 'routes.yml'), 'utf8')).replace('file: ./', `file: ${folder}/`)
  for (const [written, address] of Object.entries(addresses)) routes = routes.replace(written, address)
  return startGateway({ dynamic: routes })
}
