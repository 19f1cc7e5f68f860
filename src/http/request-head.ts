/**
 * The headers that the path of every request looks at, found in one pass: Node's own table of all headers costs more than the rest
 * of the edge. Of a header that came twice the first counts, as in Node; of Host, none does.
 */
export class RequestHead {
  readonly host: string | undefined
  readonly authorization: string | undefined
  readonly userAgent: string | undefined
  readonly clientRequestId: string | undefined
  readonly contentLength: string | undefined
  readonly hasTransferEncoding: boolean

  /** `rawHeaders`: names and values in turn, as `IncomingMessage` has them. */
  constructor(rawHeaders: readonly string[]) {
    let hosts = 0
    let host: string | undefined
    let authorization: string | undefined
    let userAgent: string | undefined
    let azureRequestId: string | undefined
    let plainRequestId: string | undefined
    let contentLength: string | undefined
    let hasTransferEncoding = false
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? ''
      const value = rawHeaders[at + 1]
      switch (name.length) {
        case 4:
          if (name.toLowerCase() === 'host') {
            hosts++
            host = value
          }
          break
        case 10:
          if (name.toLowerCase() === 'user-agent') userAgent ??= value
          break
        case 13:
          if (name.toLowerCase() === 'authorization') authorization ??= value
          break
        case 14:
          if (name.toLowerCase() === 'content-length') contentLength ??= value
          break
        case 17: {
          const lower = name.toLowerCase()
          if (lower === 'transfer-encoding') hasTransferEncoding = true
          else if (lower === 'client-request-id') plainRequestId ??= value
          break
        }
        case 22:
          if (name.toLowerCase() === 'x-ms-client-request-id') azureRequestId ??= value
          break
      }
    }
    this.host = hosts === 1 ? host : undefined
    this.authorization = authorization
    this.userAgent = userAgent
    // Sign-in libraries leave the prefix out.
    this.clientRequestId = azureRequestId ?? plainRequestId
    this.contentLength = contentLength
    this.hasTransferEncoding = hasTransferEncoding
  }
}
