import { type FileHandle, open } from 'node:fs/promises'
import type { AuditSink } from './sink.ts'

/**
 * Appends lines to a file (mode 0600), synced before they count as delivered. The file is opened anew each time, so that it
 * may be rotated by renaming it. A line that a crash left unfinished is ended; it comes again whole.
 */
export function createFileSink({ name, path }: { readonly name: string; readonly path: string }): AuditSink {
  return {
    name,
    async deliver(lines) {
      const file = await open(path, 'a+', 0o600)
      try {
        const start = (await endsInLine(file)) ? '' : '\n'
        await file.appendFile(`${start}${lines.join('\n')}\n`)
        await file.datasync()
      } finally {
        await file.close()
      }
    },
  }
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}
