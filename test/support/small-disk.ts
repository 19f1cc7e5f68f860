import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MountNamespace } from './running-server.ts'

/** A disk of a few MiB in a mount namespace of its own. It is gone with the process that holds the namespace. */
export interface SmallDisk {
  /** Where it is mounted, inside the namespace. */
  readonly path: string
  readonly namespace: MountNamespace
  /** Takes all the space there is. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
  remove(): Promise<void>
}

/** Mounts a small disk. Needs root. */
export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const path = mkdtempSync(join(tmpdir(), 'strongroom-disk-'))
  const mount = `mount -t tmpfs -o size=${mebibytes}m,mode=700 tmpfs "$0" && echo mounted && exec cat`
  // `cat` ends when this process does, and the namespace with it.
  const holder = spawn('unshare', ['-m', 'sh', '-c', mount, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('exit', () => reject(new Error('The disk could not be mounted.')))
  })
  const root = `/proc/${holder.pid}/root`
  const filler = join(root, path, 'filler')
  return {
    path,
    namespace: { enter: ['nsenter', '-t', String(holder.pid), '-m', '--'], root },
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    async remove() {
      await end(holder)
      rmdirSync(path)
    },
  }
}

function fill(file: string): void {
  const descriptor = openSync(file, 'a')
  try {
    for (let length = 64 * 1024; length >= 1; ) {
      try {
        writeSync(descriptor, Buffer.alloc(length))
      } catch (failure) {
        if (!(failure instanceof Error && 'code' in failure && failure.code === 'ENOSPC')) throw failure
        length = Math.floor(length / 2)
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

function end(holder: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    holder.once('exit', () => resolve())
    holder.stdin?.end()
  })
}
