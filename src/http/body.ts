import type { IncomingMessage } from 'node:http'
import type { RequestHead } from './request-head.ts'

const noBody = Buffer.alloc(0)
/** How much of an unwanted body is read and thrown away, so that the client reads its answer instead of a reset. */
const maximumDiscardedBytes = 4 * 1024 * 1024

/** Whether a body follows the head. */
export function announcesBody({ contentLength, hasTransferEncoding }: RequestHead): boolean {
  return (contentLength !== undefined && contentLength !== '0') || hasTransferEncoding
}

/** Whether the head announces more than `maximumBytes`. The parser has checked that the length is a number. */
export function announcesTooMuch({ contentLength }: RequestHead, maximumBytes: number): boolean {
  return contentLength !== undefined && Number(contentLength) > maximumBytes
}

export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'gone' }

/** Reads the whole body, or stops at the first byte over the limit. `gone`: the client went away before its end. */
export function readBody(message: IncomingMessage, maximumBytes: number): Promise<BodyResult> {
  // It may have gone before anybody listened: what comes before the body can wait for others.
  if (message.destroyed) return Promise.resolve({ kind: 'gone' })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (result: BodyResult): void => {
      message.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > maximumBytes) settle({ kind: 'too-large' })
      else chunks.push(chunk)
    }
    const onEnd = (): void => {
      const [only] = chunks
      settle({ kind: 'body', bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length) })
    }
    const onGone = (): void => settle({ kind: 'gone' })
    message.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

/** The body of a request that announces none. */
export function emptyBody(): Buffer {
  return noBody
}

/** Throws away what is still to come of a body that nobody wants; a client that sends without end is cut off. */
export function discardBody(message: IncomingMessage): void {
  if (message.complete || message.destroyed) return
  let left = maximumDiscardedBytes
  message.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) message.destroy()
  })
  message.on('error', () => {
    // The client went away while its unwanted body was being thrown away; it has had its answer.
  })
  message.resume()
}
