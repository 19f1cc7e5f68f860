import { containerAppKind } from '../container-app-kind.ts'
import { deleteResource } from '../resource-command.ts'

export const containerappDelete = deleteResource(containerAppKind, 'containerapp', true)
