import { X509Certificate } from 'node:crypto'

/** From when to when a certificate is valid, in milliseconds of wall time. */
export interface Validity {
  readonly from: number
  readonly to: number
}

/** The validity of the first certificate of a PEM text, and who issued it; undefined where the text holds none. */
export function validityOf(certificate: string): (Validity & { readonly issuer: string }) | undefined {
  try {
    const { validFrom, validTo, issuer } = new X509Certificate(certificate)
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
    return Number.isNaN(from + to) ? undefined : { from, to, issuer: /^(?:CN|O)=(.+)$/m.exec(issuer)?.[1] ?? issuer }
  } catch {
    return undefined
  }
}
