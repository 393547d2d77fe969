/** A configuration as labels say it: of each service, whose one server has a URL. */
export function labelsFrom(tree: object): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) labels[['gateway', ...path].join('.')] = String(value)
    else if (Array.isArray(value)) walk(value[0], [...path.slice(0, -1), 'server'])
    else for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
  }
  walk(tree, [])
  return labels
}
