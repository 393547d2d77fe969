import { startHttp2Server } from '../../../test/harness/http2-server.ts'
import { MESSAGE } from '../grpc-message.ts'

// A gRPC origin in clear text: each call gets its message back and a status, once it is complete.

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }

const { port } = await startHttp2Server((stream) => {
  stream.once('end', () => {
    // The load breaks off in the middle of calls when its time is over.
    if (stream.closed) return
    stream.respond(HEAD, { waitForTrailers: true })
    stream.once('wantTrailers', () => {
      if (!stream.closed) stream.sendTrailers({ 'grpc-status': '0' })
    })
    stream.end(MESSAGE)
  })
  stream.resume()
})
console.log(port)
