import { readFileSync, writeFileSync } from 'node:fs'

/** Puts the commands of manifests into the order of their names: oclif takes them as the file system happens to list them. */
for (const file of process.argv.slice(2)) {
  const { commands, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { readonly commands: Readonly<Record<string, object>> }
  const ordered = Object.entries(commands).toSorted(([one], [other]) => (one < other ? -1 : 1))
  writeFileSync(file, JSON.stringify({ commands: Object.fromEntries(ordered), ...rest }, null, 2))
}
