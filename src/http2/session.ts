import { type Frame, FrameReader, type FrameSink, uint32At } from './frame-reader.ts'
import { faultOf, HeadBlock, type Part, partOf } from './head-block.ts'
import { type FieldLimits, HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { Outlet, type Wire } from './outlet.ts'
import { PeerSettings } from './peer-settings.ts'
import { CODE, FIRST_TABLE_SIZE, FIRST_WINDOW, FLAG, FRAME, LARGEST_WINDOW, PREFACE, SETTING } from './protocol.ts'
import { ReceiveWindow } from './receive-window.ts'
import { Stream, type StreamOwner } from './stream.ts'
import { StreamTable } from './stream-table.ts'

/** What one side of a connection is. */
export interface SessionOptions {
  readonly isServer: boolean
  /** Said at the beginning. */
  readonly settings: readonly (readonly [name: number, value: number])[]
  readonly connectionWindow: number
  readonly fields: FieldLimits
  /** The largest dynamic table that is written for. */
  readonly mostEncoderTable: number
}

/** Hears what concerns a connection as a whole. */
export interface SessionOwner {
  /** A client opens a stream; what is wrong with its fields, `fields` tells. */
  onRequest(stream: Stream, fields: string[], isLast: boolean): void
  onSettings(settings: PeerSettings): void
  onGoaway(lastStream: number, code: number): void
  onPong(): void
  /** A frame that costs more to answer than to send, or that makes no sense. */
  onGlitch(): void
  onStreamOver(stream: Stream): void
  /** The peer broke the rules: nothing is read any more, and the owner has to end it all with this code. */
  onSessionFault(code: number): void
}

/** One end of an HTTP/2 connection (RFC 9113): turns octets into streams and back, and knows no socket. */
export class Session implements FrameSink, StreamOwner {
  readonly outlet: Outlet
  /** What the fields of the last head were like. */
  readonly fields: HpackDecoder
  readonly streamWindow: number
  readonly #options: SessionOptions
  readonly #owner: SessionOwner
  readonly #reader: FrameReader
  readonly #peer = new PeerSettings()
  readonly #streams: StreamTable
  readonly #window: ReceiveWindow
  readonly #tableSize: number
  readonly #mostStreams: number
  /** Octets of the preface that are still to come. */
  #prefaceLeft: number
  #hasSettings = false
  #head: HeadBlock | undefined
  /** The last stream that anything was done about. */
  #lastTaken = 0
  #isLeaving = false
  #isOver = false

  constructor(wire: Wire, owner: SessionOwner, options: SessionOptions) {
    const own = new Map(options.settings)
    this.#options = options
    this.#owner = owner
    this.#reader = new FrameReader(this)
    this.#tableSize = own.get(SETTING.headerTableSize) ?? FIRST_TABLE_SIZE
    this.#mostStreams = own.get(SETTING.maxConcurrentStreams) ?? 0
    this.streamWindow = own.get(SETTING.initialWindowSize) ?? FIRST_WINDOW
    this.fields = new HpackDecoder(options.fields, this.#tableSize)
    this.outlet = new Outlet(wire, new HpackEncoder(options.mostEncoderTable))
    this.#prefaceLeft = options.isServer ? PREFACE.length : 0
    this.#streams = new StreamTable(options.isServer)
    this.#window = new ReceiveWindow(options.connectionWindow, this.outlet)
    if (!options.isServer) this.outlet.raw(PREFACE)
    this.outlet.settings(options.settings)
    this.outlet.numbers(FRAME.windowUpdate, 0, options.connectionWindow - FIRST_WINDOW)
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#streams.size
  }

  /** Nothing can be said any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  read(bytes: Buffer, size: number): void {
    if (this.#isOver) return
    const start = Math.min(this.#prefaceLeft, size)
    const from = PREFACE.length - this.#prefaceLeft
    this.#prefaceLeft -= start
    if (start > 0 && bytes.compare(PREFACE, from, from + start, 0, start) !== 0) this.#fail(CODE.protocolError)
    else this.#reader.read(bytes, start, size)
  }

  /** Opens a stream with a request; a flat list of valid fields. */
  open(fields: readonly string[], isLast: boolean): Stream {
    const stream = new Stream(this, this.#streams.next(), this.#peer.initialWindowSize)
    this.#streams.add(stream)
    stream.head(fields, isLast)
    return stream
  }

  /** Whether another stream can be numbered. */
  get canOpen(): boolean {
    return this.#streams.hasNext && !this.#isOver
  }

  /** Asks the peer for a sign of life; at once, as the time for it begins to run. */
  ping(): void {
    this.outlet.ping(PING, false)
    this.outlet.flush()
  }

  /** Tells the peer that no more streams are taken; those that are open may finish. */
  leave(code: number): void {
    if (this.#isLeaving && code === CODE.noError) return
    this.#isLeaving = true
    this.outlet.numbers(FRAME.goaway, 0, this.#lastTaken, code)
  }

  /** Ends all streams, and says no more. */
  end(code: number): void {
    if (this.#isOver) return
    this.leave(code)
    this.#isOver = true
    this.#reader.stop()
    this.outlet.close()
    for (const stream of this.#streams.all()) stream.close(code)
  }

  /** Ends those streams that the peer has not acted on (RFC 9113 §6.8). */
  refuseBehind(lastStream: number): void {
    for (const stream of this.#streams.all()) if (stream.id > lastStream) stream.close(CODE.refusedStream)
  }

  // ── StreamOwner ────────────────────────────────────────────────────────────────────────────────────────

  noteHeld(octets: number): void {
    this.#window.hold(octets)
  }

  onStreamOver(stream: Stream): void {
    this.#streams.remove(stream)
    this.#owner.onStreamOver(stream)
  }

  // ── FrameSink ──────────────────────────────────────────────────────────────────────────────────────────

  onOversizedFrame(): void {
    this.#fail(CODE.frameSizeError)
  }

  onFrame(frame: Frame): void {
    const { type } = frame
    // Nothing may come between the frames of one head (RFC 9113 §4.3), and settings come first (RFC 9113 §3.4).
    const isHeadGoingOn = type === FRAME.continuation && frame.stream === this.#head?.stream
    if (this.#head !== undefined && !isHeadGoingOn) this.#fail(CODE.protocolError)
    else if (!this.#hasSettings && type !== FRAME.settings) this.#fail(CODE.protocolError)
    else if (type === FRAME.data) this.#onData(frame)
    else if (type === FRAME.headers) this.#onHeaders(frame)
    else if (type === FRAME.windowUpdate) this.#onWindowUpdate(frame)
    else this.#onRareFrame(frame)
  }

  #onRareFrame(frame: Frame): void {
    switch (frame.type) {
      case FRAME.continuation:
        this.#onContinuation(frame)
        break
      case FRAME.reset:
        this.#onReset(frame)
        break
      case FRAME.settings:
        this.#onSettings(frame)
        break
      case FRAME.ping:
        this.#onPing(frame)
        break
      case FRAME.goaway:
        if (frame.stream !== 0 || frame.length < 8) this.#fail(frame.stream !== 0 ? CODE.protocolError : CODE.frameSizeError)
        else this.#owner.onGoaway(uint32At(frame.octets, frame.start) & LARGEST_WINDOW, uint32At(frame.octets, frame.start + 4) >>> 0)
        break
      case FRAME.priority:
        // What it says has no meaning any more (RFC 9113 §5.3.2).
        if (faultOf(frame, true, 5) !== CODE.noError) this.#fail(faultOf(frame, true, 5))
        break
      case FRAME.pushPromise:
        // Nobody has asked for one.
        this.#fail(CODE.protocolError)
    }
  }

  #onData(frame: Frame): void {
    const stream = this.#streams.get(frame.stream)
    const part = partOf(frame, false)
    if (part === undefined || (stream === undefined && this.#streams.isIdle(frame.stream))) this.#fail(CODE.protocolError)
    else if (!this.#window.take(frame.length)) this.#fail(CODE.flowControlError)
    else {
      const isLast = (frame.flags & FLAG.endStream) !== 0
      if (frame.length === 0 && !isLast) this.#owner.onGlitch()
      const padding = frame.length - (part.end - part.start)
      if (stream === undefined) this.#onLateData(frame.stream)
      else stream.receive(frame.octets.subarray(part.start, part.end), padding, isLast)
      this.#window.giveBack(frame.length)
    }
  }

  #onHeaders(frame: Frame): void {
    const part = partOf(frame, true)
    if (part === undefined || frame.stream === 0) this.#fail(CODE.protocolError)
    else if ((frame.flags & FLAG.endHeaders) !== 0) this.#decode(frame, part)
    else this.#head = new HeadBlock(frame, part, this.#options.fields.maxOctets * 2)
  }

  #onContinuation(frame: Frame): void {
    const head = this.#head
    if (head === undefined) {
      this.#fail(CODE.protocolError)
      return
    }
    const isComplete = head.isCompletedBy(frame)
    if (head.isTooLong) this.#fail(CODE.enhanceYourCalm)
    else if (isComplete) {
      this.#head = undefined
      const { octets } = head
      this.#onHead(head.stream, this.fields.decode(octets, 0, octets.length), head.isLast)
    }
  }

  #decode({ stream, octets, flags }: Frame, { start, end }: Part): void {
    this.#onHead(stream, this.fields.decode(octets, start, end), (flags & FLAG.endStream) !== 0)
  }

  #onHead(id: number, fields: string[] | undefined, isLast: boolean): void {
    const stream = this.#streams.get(id)
    if (fields === undefined) this.#fail(CODE.compressionError)
    else if (stream !== undefined) this.#onNextHead(stream, fields, isLast)
    else if (!this.#streams.isIdle(id)) this.#onLateHead(id)
    else if (!this.#options.isServer || id % 2 === 0) this.#fail(CODE.protocolError)
    else this.#onFirstHead(id, fields, isLast)
  }

  #onNextHead(stream: Stream, fields: string[], isLast: boolean): void {
    const { hasInvalidName, hasTooMany, octets } = this.fields
    if (hasInvalidName || hasTooMany || octets > this.#options.fields.maxOctets) stream.reset(CODE.protocolError)
    else stream.receiveHead(fields, isLast)
  }

  /** Content of a stream that is over: no fault where it was reset from here, and came too late to be stopped (RFC 9113 §5.1). */
  #onLateData(id: number): void {
    if (this.#streams.isForgiven(id)) return
    this.outlet.numbers(FRAME.reset, id, CODE.streamClosed)
    this.#owner.onGlitch()
  }

  #onLateHead(id: number): void {
    if (this.#streams.isForgiven(id)) this.#owner.onGlitch()
    else this.#fail(CODE.streamClosed)
  }

  #onFirstHead(id: number, fields: string[], isLast: boolean): void {
    this.#streams.lastOfPeer = id
    // The peer knows from the GOAWAY that nothing is done about it.
    if (this.#isLeaving) {
      this.#streams.forsake(id)
      return
    }
    this.#lastTaken = id
    if (this.#streams.size >= this.#mostStreams) {
      this.#streams.forsake(id)
      this.outlet.numbers(FRAME.reset, id, CODE.refusedStream)
      this.#owner.onGlitch()
      return
    }
    const stream = new Stream(this, id, this.#peer.initialWindowSize)
    stream.hasHead = true
    stream.hasReceived = isLast
    this.#streams.add(stream)
    this.#owner.onRequest(stream, fields, isLast)
  }

  #onReset(frame: Frame): void {
    const fault = faultOf(frame, true, 4)
    if (fault !== CODE.noError || this.#streams.isIdle(frame.stream)) this.#fail(fault || CODE.protocolError)
    else this.#streams.get(frame.stream)?.receiveReset(uint32At(frame.octets, frame.start) >>> 0)
  }

  #onSettings(frame: Frame): void {
    const isAck = (frame.flags & FLAG.ack) !== 0
    const before = this.#peer.initialWindowSize
    const fault = isAck ? faultOf(frame, false, 0) : frame.stream !== 0 ? CODE.protocolError : this.#peer.apply(frame)
    if (fault !== CODE.noError || (isAck && !this.#hasSettings)) this.#fail(fault || CODE.protocolError)
    else if (isAck) this.fields.limitTable(this.#tableSize)
    else {
      this.#hasSettings = true
      this.outlet.encoder.limitTable(this.#peer.headerTableSize)
      this.outlet.settingsAck()
      this.#widenAll(this.#peer.initialWindowSize - before)
      this.#owner.onSettings(this.#peer)
    }
  }

  #onPing(frame: Frame): void {
    const fault = faultOf(frame, false, PING.length)
    if (fault !== CODE.noError) this.#fail(fault)
    else if ((frame.flags & FLAG.ack) !== 0) this.#owner.onPong()
    else {
      this.outlet.ping(frame.octets.subarray(frame.start, frame.end), true)
      this.#owner.onGlitch()
    }
  }

  #onWindowUpdate(frame: Frame): void {
    const { stream: id } = frame
    const stream = this.#streams.get(id)
    if (frame.length !== 4) this.#fail(CODE.frameSizeError)
    else if (id !== 0 && stream === undefined && this.#streams.isIdle(id)) this.#fail(CODE.protocolError)
    else {
      const octets = uint32At(frame.octets, frame.start) & LARGEST_WINDOW
      if (stream !== undefined) this.#widen(stream, octets)
      else if (id === 0) this.#widenConnection(octets)
    }
  }

  #widen(stream: Stream, octets: number): void {
    if (octets === 0) stream.reset(CODE.protocolError)
    else if (stream.sendWindow + octets > LARGEST_WINDOW) stream.reset(CODE.flowControlError)
    else {
      stream.sendWindow += octets
      if (stream.isWaiting) this.outlet.pumpOne(stream)
    }
  }

  #widenConnection(octets: number): void {
    if (octets === 0) this.#fail(CODE.protocolError)
    else if (this.outlet.window + octets > LARGEST_WINDOW) this.#fail(CODE.flowControlError)
    else {
      this.outlet.window += octets
      this.outlet.pump()
    }
  }

  /** A changed window is changed for the streams that are open, too (RFC 9113 §6.9.2). */
  #widenAll(octets: number): void {
    if (octets === 0) return
    let isTooLarge = false
    for (const stream of this.#streams.all()) {
      stream.sendWindow += octets
      isTooLarge ||= stream.sendWindow > LARGEST_WINDOW
    }
    if (isTooLarge) this.#fail(CODE.flowControlError)
    else if (octets > 0) this.outlet.pump()
  }

  #fail(code: number): void {
    if (this.#isOver) return
    this.#reader.stop()
    this.#owner.onSessionFault(code)
  }
}

const PING = Buffer.alloc(8, 'gateway')
