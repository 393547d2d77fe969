import { registerHooks } from 'node:module'
import { extname } from 'node:path'

const PROVIDER_API = new URL(`../provider/index${extname(import.meta.filename)}`, import.meta.url).href

/**
 * From now on `gateway/provider` means the one of this installation, whoever imports it: a plugin that the user installed
 * lives in another folder, and must not see a second copy of the schemas.
 */
export function shareProviderApi(): void {
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'gateway/provider' ? PROVIDER_API : specifier, context),
  })
}
