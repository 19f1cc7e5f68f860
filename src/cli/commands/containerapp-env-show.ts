import { environmentKind } from '../container-app-kind.ts'
import { showResource } from '../resource-command.ts'

export const containerappEnvShow = showResource(environmentKind, 'containerapp env')
