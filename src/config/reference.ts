/** Completes a reference: a name without `@` belongs to the provider of whoever refers to it. */
export function qualify(name: string, provider: string): string {
  return name.includes('@') ? name : `${name}@${provider}`
}

/** The provider of a qualified name: what follows its last `@`. */
export function providerOf(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf('@') + 1)
}

/** A qualified name without its provider. */
export function bareName(qualified: string): string {
  const at = qualified.lastIndexOf('@')
  return at === -1 ? qualified : qualified.slice(0, at)
}
