import { type Nginx, startNginx } from '../test/harness/nginx.ts'
import type { Row } from './rows.ts'

/** The field in which the origin says how many octets of the request it has read. */
export const RECEIVED_FIELD = 'x-received-octets'

/** The one nginx behind all proxies: static files for downloads, and a place that reads uploads to their end. */
export function startOrigin(rows: readonly Row[], launcher: readonly string[]): Promise<Nginx> {
  const downloads = rows.filter((row) => row.requestOctets === 0)
  const uploads = rows.filter((row) => row.requestOctets > 0)
  return startNginx({
    launcher,
    // The origin never closes a connection by itself: a proxy that retries such a loss would pay for it, one that does not would fail.
    http: `
      sendfile on;
      open_file_cache max=16;
      keepalive_requests 1000000000;
      keepalive_timeout 3600s;
      server { listen unix:read.sock; keepalive_requests 1000000000; location / { return 204; } }
      upstream read { server unix:read.sock; keepalive 64; }`,
    files: Object.fromEntries(downloads.map((row) => [row.path.slice(1), bodyOf(row)])),
    locations: {
      '/': '',
      ...Object.fromEntries(uploads.map((row) => [`= ${row.path}`, readToTheEnd(row)])),
    },
  })
}

/** The response body of a row: text, as a page would be. */
export function bodyOf({ responseOctets }: Row): string {
  return 'abcdefghijklmnopqrstuvwxyz0123456789 '.repeat(Math.ceil(responseOctets / 37)).slice(0, responseOctets)
}

// `return` alone would answer before the body has come. Behind request buffering the answer waits for its last octet.
function readToTheEnd({ requestOctets }: Row): string {
  return `
    client_max_body_size 0;
    client_body_buffer_size ${requestOctets * 2};
    proxy_pass http://read;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_pass_request_body off;
    add_header ${RECEIVED_FIELD} $request_length always;`
}
