/** What the shared state of a TCP service is known by: services of HTTP may have the same name. */
export function tcpServiceKey(service: string): string {
  return `tcp ${service}`
}
