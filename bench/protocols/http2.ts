import { writeFile } from 'node:fs/promises'
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { small } from '../data-plane/loads.ts'
import type { Trial } from '../data-plane/trial.ts'
import { bodyOf } from '../origin.ts'
import { makeSignedCertificate } from './certificates.ts'
import { defineComparison } from './comparison.ts'
import { perCoreAtLeast } from './goals.ts'
import { MESSAGE } from './grpc-message.ts'
import { type H2Load, runH2Load } from './h2load.ts'
import { peersIn } from './peers.ts'
import { startServer } from './programs.ts'

const ANSWER_WITHIN_MS = 5_000
const SHAPE = { connections: 16, streams: 32 }
const GOALS = [perCoreAtLeast(2.5, 'caddy'), perCoreAtLeast(0.7, 'nginx')]

/** HTTP/2 from the clients, HTTP/1.1 to the origin. */
export const h2: Trial = defineComparison({
  name: 'h2',
  title: 'small GET over TLS and HTTP/2, 16 connections × 32 streams, HTTP/1.1 to the origin: requests per second on the CPU',
  unit: 'request',
  goals: GOALS,
  async prepare({ originPort }, resources) {
    const { certificate, ca } = await makeSignedCertificate(resources)
    const load: H2Load = { ...SHAPE, path: small.path, responseOctets: small.responseOctets }
    return {
      peers: peersIn({ certificate, origin: 'http' }),
      originPort,
      exchange: {
        async whatIsWrong(url) {
          const { headers, text } = await exchangeWith(url, ca, { ':path': small.path })
          if (headers[':status'] !== small.status) return `status ${headers[':status']} instead of ${small.status}`
          return text === bodyOf(small) ? undefined : `${text.length} octets of body are not the ${small.responseOctets} expected`
        },
        load: (options) => runH2Load(load, options),
      },
    }
  },
})

const CALL = { ':path': '/bench.Echo/Unary', 'content-type': 'application/grpc', te: 'trailers' }

/** Unary calls, HTTP/2 on both sides. */
export const grpc: Trial = defineComparison({
  name: 'grpc',
  title: 'unary gRPC calls over TLS, 16 connections × 32 streams, h2c to the origin: calls per second on the CPU',
  unit: 'call',
  goals: GOALS,
  async prepare(context, resources) {
    const { certificate, ca } = await makeSignedCertificate(resources)
    const { path: folder } = resources.use(await temporaryFolder())
    const message = join(folder, 'message')
    await writeFile(message, MESSAGE)
    const flags = ['-d', message, '-H', `content-type: ${CALL['content-type']}`, '-H', `te: ${CALL.te}`]
    const load: H2Load = { ...SHAPE, path: CALL[':path'], responseOctets: MESSAGE.length, flags }
    return {
      peers: peersIn({ certificate, origin: 'grpc' }),
      originPort: await startServer('grpc', context, resources),
      exchange: {
        async whatIsWrong(url) {
          const { headers, text, trailers } = await exchangeWith(url, ca, { ':method': 'POST', ...CALL }, MESSAGE.toString())
          if (headers[':status'] !== 200) return `status ${headers[':status']} instead of 200`
          if (text !== MESSAGE.toString()) return `${text.length} octets of an answer are not the message`
          return trailers['grpc-status'] === '0' ? undefined : `grpc-status ${trailers['grpc-status']} instead of 0`
        },
        load: (options) => runH2Load(load, options),
      },
    }
  },
})

interface Answer {
  readonly headers: IncomingHttpStatusHeader
  readonly text: string
  readonly trailers: IncomingHttpHeaders
}

/** One exchange on a connection of its own, whose certificate has to be the one that was made. */
async function exchangeWith(url: string, ca: Buffer, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const session = connect(url, { ca })
  const { promise: failed, reject } = Promise.withResolvers<never>()
  session.once('error', reject)
  try {
    return await Promise.race([answerTo(session, headers, body), failed])
  } finally {
    session.destroy()
  }
}

async function answerTo(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: string | undefined): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
  if (body !== undefined) stream.end(body)
  let head: IncomingHttpStatusHeader = {}
  let trailers: IncomingHttpHeaders = {}
  stream.once('response', (fields) => {
    head = fields
  })
  stream.once('trailers', (fields) => {
    trailers = fields
  })
  const text = Buffer.concat(await stream.toArray()).toString()
  return { headers: head, text, trailers }
}
