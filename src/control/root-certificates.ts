import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { summarizeCertificate } from '#crypto/certificates.ts'

const maximumFileBytes = 8 * 1024 * 1024
const maximumFilesInFolder = 1000
const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]{1,65536}?-----END CERTIFICATE-----/g

let systemRoots: readonly string[] | undefined

/** Files of certificates, or folders of such files, that the caller's variables name. */
export interface FormerRoots {
  /** They took the place of the system's roots. */
  readonly replacing: readonly string[]
  /** They came on top of the system's roots. */
  readonly added: readonly string[]
}

/**
 * PEM text of the roots that a command trusted before, followed by ours: most clients replace their roots by the file they
 * are told of, so leaving the others out would cut the command off from the rest of the internet. Only certificates are
 * taken from the caller's files. When those cannot be read or hold none, the system's roots stand in for them.
 */
export async function bundleRoots(former: FormerRoots, authorityPem: string): Promise<string> {
  const replacing = await readAll(former.replacing)
  const roots = new Set([...(replacing.length > 0 ? replacing : rootsOfSystem()), ...(await readAll(former.added))])
  return `${[...roots].join('\n')}\n${authorityPem.trim()}\n`
}

async function readAll(places: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const place of places) {
    for (const file of await filesOf(place)) found.push(...(await readCertificates(file)))
  }
  return found
}

async function filesOf(place: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(place)).sort()
    return names.slice(0, maximumFilesInFolder).map((name) => join(place, name))
  } catch (failure) {
    return failure instanceof Error && 'code' in failure && failure.code === 'ENOTDIR' ? [place] : []
  }
}

async function readCertificates(file: string): Promise<readonly string[]> {
  try {
    const found = await stat(file)
    if (!found.isFile() || found.size > maximumFileBytes) return []
    return ((await readFile(file, 'latin1')).match(certificatePattern) ?? []).filter(isCertificate)
  } catch {
    return []
  }
}

/** Many clients drop a whole file, and our certificate with it, for one entry that they cannot read. */
function isCertificate(pem: string): boolean {
  try {
    summarizeCertificate(pem)
    return true
  } catch {
    return false
  }
}

function rootsOfSystem(): readonly string[] {
  if (systemRoots === undefined) {
    const certificates = getCACertificates('system')
    const roots = certificates.length > 0 ? certificates : getCACertificates('bundled')
    systemRoots = roots.map((certificate) => certificate.trim())
  }
  return systemRoots
}
