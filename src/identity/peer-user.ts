import { readFile } from 'node:fs/promises'

/** One TCP connection on this machine, seen from the server. */
interface PeerConnection {
  readonly clientAddress: string
  readonly remotePort: number
  readonly localPort: number
}

/** Which OS user holds the other end of a connection. */
export interface PeerUsers {
  /** The user's id, or undefined when the other end cannot be found or more than one socket fits. */
  userOf(connection: PeerConnection): Promise<number | undefined>
}

const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const
const established = '01'

/**
 * Peers as Linux lists them. The other end's own socket is looked for: from its address and port to our port, with a
 * loopback destination. Source: proc_net_tcp in the kernel's networking documentation.
 */
export function createPeerUsers(
  readTable: (path: string) => Promise<string> = (path) => readFile(path, 'latin1'),
): PeerUsers {
  return {
    async userOf(connection) {
      const users = new Set<number>()
      for (const path of tables) {
        for (const user of findUsers(await readTable(path), connection)) users.add(user)
      }
      const [user] = users
      return users.size === 1 ? user : undefined
    },
  }
}

function findUsers(table: string, connection: PeerConnection): readonly number[] {
  const address = canonicalAddress(connection.clientAddress)
  return table.split('\n').flatMap((line) => {
    const [, local = '', remote = '', state, , , , user = ''] = line.trim().split(/\s+/)
    const own = parseEndpoint(local)
    const other = parseEndpoint(remote)
    const isPeer =
      state === established &&
      own?.address === address &&
      own.port === connection.remotePort &&
      other?.port === connection.localPort &&
      isLoopback(other.address)
    return isPeer && /^\d+$/.test(user) ? [Number(user)] : []
  })
}

/** `0100007F:2121`: 32-bit groups in the machine's byte order (little-endian on what we run on), then the port. */
function parseEndpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const parts = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text)
  if (parts === null) return undefined
  const [, hex = '', port = ''] = parts
  const bytes = Buffer.from(hex, 'hex')
  bytes.swap32()
  return { address: canonicalHex(bytes.toString('hex')), port: Number.parseInt(port, 16) }
}

/** An address as 8 hexadecimal digits (IPv4, mapped or not) or 32 (IPv6). Of IPv6 only `::1` can be a client's here. */
function canonicalAddress(address: string): string {
  if (address === '::1') return ipv6Loopback
  const octets = address.replace(/^::ffff:/i, '').split('.')
  return octets.map((octet) => Number(octet).toString(16).padStart(2, '0')).join('')
}

function canonicalHex(hex: string): string {
  return hex.startsWith(mappedPrefix) ? hex.slice(mappedPrefix.length) : hex
}

const mappedPrefix = `${'0'.repeat(20)}ffff`
const ipv6Loopback = '1'.padStart(32, '0')

function isLoopback(hex: string): boolean {
  return hex === ipv6Loopback || (hex.length === 8 && hex.startsWith('7f'))
}
