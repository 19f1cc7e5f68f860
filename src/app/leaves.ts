import type { Leaf } from '#http/tls-listener.ts'
import type { CertificateAuthority, ServerCertificate } from '#seal/certificate-authority.ts'
import type { NameTable } from './public-names.ts'

/**
 * The certificate for each server name: one for all vaults of a suffix, one for the fixed hosts, and that one too for clients that
 * name no host or one that is not ours. The same object is given while it stays in use.
 */
export function createLeaves({
  authority,
  names,
}: {
  readonly authority: CertificateAuthority
  readonly names: NameTable
}): (serverName: string | undefined) => Promise<Leaf> {
  const leaves = new WeakMap<ServerCertificate, Leaf>()
  return async (serverName) => {
    const wanted = names.certificateNames((serverName ?? '').toLowerCase())
    const certificate = await authority.leafFor(
      wanted.every((name) => authority.permits(name)) ? wanted : names.certificateNames(''),
    )
    const known = leaves.get(certificate)
    if (known !== undefined) return known
    const leaf: Leaf = { certificatePem: certificate.chainPem, privateKeyPem: certificate.keyPem }
    leaves.set(certificate, leaf)
    return leaf
  }
}
