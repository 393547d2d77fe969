/** One kind of exchange that every proxy is measured with. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly path: string
  readonly connections: number
  readonly status: number
  /** Octets of the response body. */
  readonly responseOctets: number
  /** Octets of the request body; 0 makes it a GET, else it is a POST. */
  readonly requestOctets: number
}

const KIB = 1024
const MIB = 1024 * KIB

const download = { status: 200, requestOctets: 0 }

/** In the order in which they are measured and printed. */
export const rows: readonly Row[] = [
  { ...download, name: 'small', title: 'GET, 100 octets, 64 connections', path: '/small', connections: 64, responseOctets: 100 },
  { ...download, name: '64k', title: 'GET, 64 KiB, 64 connections', path: '/64k', connections: 64, responseOctets: 64 * KIB },
  { ...download, name: '1m', title: 'GET, 1 MiB, 16 connections', path: '/1m', connections: 16, responseOctets: MIB },
  {
    name: 'upload',
    title: 'POST, 1 MiB, 16 connections',
    path: '/upload',
    connections: 16,
    status: 204,
    responseOctets: 0,
    requestOctets: MIB,
  },
]
