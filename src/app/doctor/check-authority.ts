import type { Clock } from '#base/clock.ts'
import { summarizeCertificate } from '#crypto/certificates.ts'
import { loadInstallationValues } from '#seal/installation-store.ts'
import { type Finding, warning, well, wrong } from './finding.ts'
import type { InspectedDatabase } from './inspected-database.ts'

const warningMilliseconds = 30 * 86_400_000

/** That the certificate authority's certificate is valid now and for a while. */
export async function checkAuthority({ database }: InspectedDatabase, clock: Clock): Promise<Finding> {
  const values = await database.system('read', (kysely) => loadInstallationValues(kysely, ['ca-certificate']))
  const certificate = values.get('ca-certificate')
  if (certificate === undefined) return wrong('There is no certificate authority; it is made when the server starts.')
  const { notBefore, notAfter } = summarizeCertificate(certificate)
  const now = clock.now().getTime()
  const [from, until] = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10))
  if (now < notBefore.getTime()) {
    return wrong(
      `The certificate authority is not valid before ${from}: the clock is behind, or was ahead when it was made.`,
    )
  }
  if (now > notAfter.getTime()) {
    return wrong(
      `The certificate authority expired on ${until}. Restart the server: it makes a new one, which clients must be given.`,
    )
  }
  if (now > notAfter.getTime() - warningMilliseconds) {
    return warning(
      `The certificate authority expires on ${until}. Restart the server: it makes a new one, which clients must be given.`,
    )
  }
  return well(`The certificate authority is valid until ${until}.`)
}
