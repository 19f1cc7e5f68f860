import type { ServerResponse } from 'node:http'

/** A finished answer: what a dialect or the gate made. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | undefined
}

const jsonType = 'application/json; charset=utf-8'

/**
 * Writes an answer as one head and one body. `common` are the headers of every answer of the surface; the answer's own
 * win over them by exact name. Does nothing when the client is gone.
 */
export function render(
  response: ServerResponse,
  answer: Answer,
  options: { readonly common: Readonly<Record<string, string>>; readonly close: boolean },
): void {
  if (response.destroyed || response.headersSent) return
  const { common } = options
  const { headers, body, status } = answer
  const lines: string[] = []
  let typed = false
  for (const name in common) {
    if (headers !== undefined && name in headers) continue
    typed ||= isContentType(name)
    lines.push(name, common[name] ?? '')
  }
  if (headers !== undefined) {
    for (const name in headers) {
      typed ||= isContentType(name)
      lines.push(name, headers[name] ?? '')
    }
  }
  // Text that is as long in bytes as in characters is ASCII, which latin1 writes the same and faster.
  const length = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0)
  if (body !== undefined) {
    if (!typed) lines.push('Content-Type', jsonType)
    lines.push('Content-Length', String(length))
  } else if (status !== 204 && status !== 304) {
    lines.push('Content-Length', '0')
  }
  if (options.close) lines.push('Connection', 'close')
  response.writeHead(status, lines)
  if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8')
  else response.end(body)
}

function isContentType(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === 'content-type'
}
