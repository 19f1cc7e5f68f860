import { defineOperation, type Operation } from '#operation/operation.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'

const userPrincipalName = /^[^@\s]{1,113}@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/

/** Where a user signs in: always here, whoever is asked about, so that nobody learns who exists. */
export function createGetUserRealm(): Operation {
  return defineOperation<string, undefined, string>({
    id: 'getUserRealm',
    method: 'GET',
    path: '/common/userrealm/{userPrincipalName}',
    since: '',
    open: 'public',
    access: 'read',
    parse: ({ path }) => {
      const domain = userPrincipalName.exec(path['userPrincipalName'] ?? '')?.[1]
      if (domain === undefined) throw oauthError(oauthErrors.malformedRequest, 'The user name is not valid.')
      return domain.toLowerCase()
    },
    handle: async (_context, domain) => domain,
    respond: (domain) => ({
      status: 200,
      body: JSON.stringify({
        ver: '1.0',
        account_type: 'Managed',
        domain_name: domain,
        cloud_instance_name: 'microsoftonline.com',
        cloud_audience_urn: 'urn:federation:MicrosoftOnline',
      }),
    }),
  })
}
