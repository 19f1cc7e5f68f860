import type { CommandOption } from './command.ts'

/** How commands on access policies name the principal. */
export const policyPrincipalOptions: readonly CommandOption[] = [
  { name: '--object-id', summary: 'Object id of the principal.' },
  { name: '--spn', summary: 'Application id of a service principal.' },
  { name: '--upn', summary: 'Sign-in name of a user.' },
  { name: '--application-id', summary: 'Application that acts on behalf of the principal.' },
]
