export { consulCatalog } from './catalog.ts'
export { consul } from './kv.ts'
