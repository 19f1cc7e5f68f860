import { environmentKind } from '../container-app-kind.ts'
import { deleteResource } from '../resource-command.ts'

export const containerappEnvDelete = deleteResource(environmentKind, 'containerapp env', true)
