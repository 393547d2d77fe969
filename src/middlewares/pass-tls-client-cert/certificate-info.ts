import { X509Certificate } from 'node:crypto'
import { boolean, type Infer, object, section } from '../../schema/index.ts'
import { encodeOctets } from '../shared/path.ts'
import { alternativeNames } from './alternative-names.ts'

const part = (name: string) => boolean(`Its ${name}.`, { default: false })

const issuerParts = {
  country: part('country'),
  province: part('province'),
  locality: part('locality'),
  organization: part('organization'),
  commonName: part('common name'),
  serialNumber: part('serial number'),
  domainComponent: part('domain components'),
}

/** What is told of a certificate. */
export const infoOptions = object('What of the certificate is passed on in `X-Forwarded-Tls-Client-Cert-Info`.', {
  notAfter: boolean('When it ends.', { default: false }),
  notBefore: boolean('When it begins.', { default: false }),
  sans: boolean('Its alternative names.', { default: false }),
  serialNumber: boolean('Its serial number.', { default: false }),
  subject: section(object('Who it is for.', { ...issuerParts, organizationalUnit: part('organizational unit') })),
  issuer: section(object('Who signed it.', issuerParts)),
})

type InfoOptions = Infer<typeof infoOptions>
type NameOptions = Partial<NonNullable<InfoOptions['subject']>>

/** Who a certificate is for, or from: attributes by their short names. */
type Name = Readonly<Record<string, string | readonly string[]>>

/** Option, attribute and key, in the order in which they are told. */
const ATTRIBUTES: readonly (readonly [option: keyof NameOptions, attribute: string, key: string])[] = [
  ['domainComponent', 'DC', 'DC'],
  ['country', 'C', 'C'],
  ['province', 'ST', 'ST'],
  ['locality', 'L', 'L'],
  ['organization', 'O', 'O'],
  ['organizationalUnit', 'OU', 'OU'],
  ['serialNumber', 'serialNumber', 'SN'],
  ['commonName', 'CN', 'CN'],
]

/** What is asked for of certificates, escaped as a part of a query. */
export function certificateInfo(pems: readonly string[], options: InfoOptions): string {
  const told = pems.map((pem) => infoOf(new X509Certificate(pem), options)).join(',')
  return told.replace(/[^\w\-.~ ]/gu, encodeOctets).replaceAll(' ', '+')
}

function infoOf(certificate: X509Certificate, options: InfoOptions): string {
  const { subject, issuer } = certificate.toLegacyObject() as unknown as { readonly subject: Name; readonly issuer: Name }
  const values: readonly (readonly [key: string, value: string])[] = [
    ['Subject', options.subject === undefined ? '' : nameOf(subject, options.subject)],
    ['Issuer', options.issuer === undefined ? '' : nameOf(issuer, options.issuer)],
    ['SerialNumber', options.serialNumber ? BigInt(`0x${certificate.serialNumber}`).toString() : ''],
    ['NB', options.notBefore ? seconds(certificate.validFromDate) : ''],
    ['NA', options.notAfter ? seconds(certificate.validToDate) : ''],
    ['SAN', options.sans ? alternativeNames(certificate.subjectAltName ?? '').join(',') : ''],
  ]
  return values.flatMap(([key, value]) => (value === '' ? [] : [`${key}="${value}"`])).join(';')
}

function nameOf(name: Name, options: NameOptions): string {
  return ATTRIBUTES.flatMap(([option, attribute, key]) => {
    const values = options[option] ? (name[attribute] ?? []) : []
    return [values].flat().map((value) => `${key}=${value}`)
  }).join(',')
}

function seconds(date: Date): string {
  return String(Math.floor(date.getTime() / 1000))
}
