import { consul, consulCatalog } from './index.ts'

/** Answers the hook `gateway:providers`: what this plugin brings. */
export default async function providers() {
  return [consul, consulCatalog]
}
