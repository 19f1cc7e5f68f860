import { environmentKind } from '../container-app-kind.ts'
import { listResources } from '../resource-command.ts'

export const containerappEnvList = listResources(environmentKind, 'containerapp env')
