import { boolean, duration, type Infer, object, string } from 'gateway/provider'

/** The options under `providers.file`. */
export const fileOptions = object('Reads routing configuration from a file or a folder of files.', {
  filename: string('The one file to read.'),
  directory: string('A folder whose YAML, TOML and JSON files are read, sub-folders too; wins over `filename`.'),
  watch: boolean('Reads again when a file changes.', { default: true }),
  debugLogGeneratedTemplate: boolean('Accepted for compatibility; files are not templates here.', { default: false }),
  pollInterval: duration('How often files are compared where the system reports no changes; 0 turns it off.', {
    default: '2s',
    min: 0,
  }),
})

export type FileOptions = Infer<typeof fileOptions>
