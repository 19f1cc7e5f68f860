import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import type { ServerNames } from './server-client.ts'

const metadataShape = z.object({
  name: z.string(),
  resourceManager: z.string(),
  authentication: z.object({ loginEndpoint: z.string() }),
  graph: z.string().optional(),
  microsoftGraphResourceId: z.string().optional(),
  suffixes: z.object({ keyVaultDns: z.string() }),
})

/** The host that a server's metadata is asked of: `management.` beside the `login.` that was named, at the same port. */
export function managementBeside(loginHost: string): string {
  return loginHost.replace(/^login\./, 'management.')
}

/**
 * The names of the server whose login host (`login.example.com[:8443]`, as a URL spells it) was named, from the body of its
 * metadata. They are the ones beside the login host: secrets and tokens go to them, so that metadata with another one is refused.
 * Throws `CommandError` (1).
 */
export function namesFromMetadata(
  loginHost: string,
  body: unknown,
): ServerNames & { readonly environmentName: string } {
  const management = managementBeside(loginHost)
  const metadata = metadataShape.safeParse(body).data
  if (metadata === undefined)
    throw new CommandError(`The server at ${management} gave metadata that cannot be read.`, 1)
  const { name, resourceManager, authentication, microsoftGraphResourceId, graph = '', suffixes } = metadata
  const domain = loginHost.replace(/^login\./, '')
  for (const [what, address] of [
    ['login', authentication.loginEndpoint],
    ['management', resourceManager],
    ['graph', microsoftGraphResourceId ?? graph],
    ['vault', `https://${suffixes.keyVaultDns.replace(/^\./, '')}`],
  ] as const) {
    const said = URL.canParse(address) ? new URL(address).host : ''
    if (said === `${what}.${domain}`) continue
    const sentence = `The server at ${management} says that its ${what} is at '${said}', not at '${what}.${domain}'.`
    throw new CommandError(`${sentence} No secret was sent.`, 1)
  }
  return { environmentName: name, management, graph: `graph.${domain}`, vaultSuffix: `vault.${domain}` }
}
