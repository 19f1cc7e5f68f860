import { identityKind } from '../identity-kind.ts'
import { showResource } from '../resource-command.ts'

export const identityShow = showResource(identityKind, 'identity')
