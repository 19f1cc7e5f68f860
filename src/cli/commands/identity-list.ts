import { identityKind } from '../identity-kind.ts'
import { listResources } from '../resource-command.ts'

export const identityList = listResources(identityKind, 'identity')
