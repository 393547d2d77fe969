import { createSocket } from 'node:dgram'
import { once } from 'node:events'

// Sends every datagram back.

// Addresses are never names: looking one up would take a turn of the event loop.
const socket = createSocket({ type: 'udp4', lookup: (address, _, callback) => callback(null, address, 4) })
socket.on('message', (datagram, { port, address }) => socket.send(datagram, port, address))
const listening = once(socket, 'listening')
socket.bind(0, '127.0.0.1')
await listening
console.log(socket.address().port)
