import type { Leaf } from '#http/tls-listener.ts'
import type { CertificateAuthority, ServerCertificate } from '#seal/certificate-authority.ts'
import type { OwnCertificate } from './config.ts'
import type { NameTable } from './public-names.ts'

export interface LeavesOptions {
  readonly authority: CertificateAuthority
  readonly names: NameTable
  /** The operator's own certificate for the names of this server's domain. */
  readonly own: OwnCertificate | undefined
}

/**
 * The certificate for each server name: the operator's own for the own domain, else one of our CA: one for all vaults of a suffix
 * and one for the fixed hosts, which serves clients that name no host too. The same object is given while it stays in use.
 */
export function createLeaves({
  authority,
  names,
  own,
}: LeavesOptions): (serverName: string | undefined) => Promise<Leaf> {
  const leaves = new WeakMap<ServerCertificate, Leaf>()
  const ownLeaf: Leaf | undefined =
    own === undefined
      ? undefined
      : { certificatePem: own.certificatePem, privateKeyPem: own.privateKeyPem.reveal().toString('utf8') }
  return async (serverName) => {
    const hostname = (serverName ?? '').toLowerCase()
    if (ownLeaf !== undefined && names.isOwn(hostname)) return ownLeaf
    const wanted = names.certificateNames(hostname)
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
