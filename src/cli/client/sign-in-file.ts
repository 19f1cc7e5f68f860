import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'

const subscriptionShape = z.object({ id: z.string(), name: z.string(), state: z.string(), tenantId: z.string() })

const signInShape = z.object({
  user: z.object({
    name: z.string(),
    type: z.enum(['user', 'servicePrincipal']),
    assignedIdentityInfo: z.string().optional(),
  }),
  tenantId: z.string(),
  subscriptions: z.array(subscriptionShape),
  /** Id of the subscription that commands work in. */
  active: z.string().optional(),
  place: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('local'), dataDirectory: z.string() }),
    z.object({
      kind: z.literal('remote'),
      environmentName: z.string(),
      management: z.string(),
      graph: z.string(),
      vaultSuffix: z.string(),
      /** PEM text of the certificate authority, kept so that a later command trusts what the login trusted. */
      certificateAuthority: z.string().optional(),
    }),
  ]),
  tokens: z.record(z.string(), z.object({ text: z.string(), expiresOnEpochSeconds: z.number() })),
})

/** Who signed in with `strongroom login`, where, and the tokens that this gave. No password or client secret is kept. */
export type SignIn = z.infer<typeof signInShape>

const fileName = 'sign-in.json'

/**
 * Where this user's sign-in is kept: `$STRONGROOM_CONFIG_DIR`, else `strongroom` under az's own folder when that is named (as
 * it is inside `strongroom shell` and `run`, which then remove it), else under the user's config home.
 */
function configDirectory(): string {
  const own = process.env['STRONGROOM_CONFIG_DIR']
  if (own !== undefined && own !== '') return own
  const azure = process.env['AZURE_CONFIG_DIR']
  if (azure !== undefined && azure !== '') return join(azure, 'strongroom')
  const home = process.env['XDG_CONFIG_HOME']
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.config'), 'strongroom')
}

/** The sign-in of this user, or undefined when nobody signed in. Throws `CommandError` (2) for a file that cannot be read. */
export function readSignIn(): SignIn | undefined {
  const path = join(configDirectory(), fileName)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return signInShape.parse(JSON.parse(text))
  } catch (cause) {
    throw new CommandError(`${path} is not a sign-in of this version. Remove it, or sign in again.`, 2, { cause })
  }
}

/** Writes the sign-in as a whole, for this user's eyes alone. */
export function writeSignIn(signIn: SignIn): void {
  const directory = configDirectory()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const draft = join(directory, `${fileName}.${process.pid}`)
  writeFileSync(draft, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600 })
  // An older draft of the same name keeps its mode when it is written over.
  chmodSync(draft, 0o600)
  renameSync(draft, join(directory, fileName))
}

export function removeSignIn(): void {
  rmSync(join(configDirectory(), fileName), { force: true })
}
