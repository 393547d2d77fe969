import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Where the setup of the tests unpacks what the system does not have and should not get. */
export const UNPACKED = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gateway-tests')

// Servers live in the sbin folders, which the PATH of an ordinary user often leaves out.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', join(UNPACKED, 'usr/bin')]

/** The file that a command name stands for, or undefined where it is not installed. */
export function commandPath(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS]
  return folders.map((folder) => join(folder, command)).find(isExecutable)
}

/** Whether a command is installed. */
export function available(command: string): boolean {
  return commandPath(command) !== undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
