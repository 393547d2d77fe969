// A proxy as the README of http-proxy-3 has it: `node http-proxy-3.mjs PORT ORIGIN_PORT`.
import { Agent } from 'node:http'
import { createProxyServer } from 'http-proxy-3'

const [port, originPort] = process.argv.slice(2)
const proxy = createProxyServer({ target: `http://127.0.0.1:${originPort}`, agent: new Agent({ keepAlive: true }) })
proxy.on('error', (error, _request, response) => {
  console.error(error.message)
  response.destroy()
})
proxy.listen(Number(port), '127.0.0.1')
