import { identityKind } from '../identity-kind.ts'
import { deleteResource } from '../resource-command.ts'

export const identityDelete = deleteResource(identityKind, 'identity', false)
