const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g
const MARKERS = /-----(?:BEGIN|END) CERTIFICATE-----|\s/g

/** The certificates of a text, each as a text of its own (RFC 7468). */
export function certificatesIn(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? []
}

/** The Base64 between the markers, on one line. */
export function withoutMarkers(certificate: string): string {
  return certificate.replace(MARKERS, '')
}
