import { readFile, stat } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'

const maximumFileBytes = 8 * 1024 * 1024
const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]{1,65536}?-----END CERTIFICATE-----/g

let systemRoots: string | undefined

/**
 * PEM text of the roots that a command trusted before, followed by ours: most clients replace their roots by the file they
 * are told of, so leaving the others out would cut the command off from the rest of the internet. Only certificates are
 * taken from the caller's file. When it cannot be read or holds none, the system's roots stand in for it.
 */
export async function bundleRoots(formerFile: string | undefined, authorityPem: string): Promise<string> {
  const former = formerFile === undefined ? undefined : await readCertificates(formerFile)
  return `${former ?? rootsOfSystem()}\n${authorityPem.trim()}\n`
}

async function readCertificates(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file)
    if (size > maximumFileBytes) return undefined
    const certificates = (await readFile(file, 'latin1')).match(certificatePattern)
    return certificates?.join('\n')
  } catch {
    return undefined
  }
}

function rootsOfSystem(): string {
  if (systemRoots === undefined) {
    const certificates = getCACertificates('system')
    const roots = certificates.length > 0 ? certificates : getCACertificates('bundled')
    systemRoots = roots.map((certificate) => certificate.trim()).join('\n')
  }
  return systemRoots
}
