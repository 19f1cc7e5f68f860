import type { Command } from '../command.ts'
import { accountShow } from './account-show.ts'
import { adSignedInUserShow } from './ad-signed-in-user-show.ts'
import { containerappCreate } from './containerapp-create.ts'
import { containerappEnvCreate } from './containerapp-env-create.ts'
import { containerappIdentityAssign } from './containerapp-identity-assign.ts'
import { containerappShow } from './containerapp-show.ts'
import { groupCreate } from './group-create.ts'
import { keyvaultCreate } from './keyvault-create.ts'
import { keyvaultSecretList } from './keyvault-secret-list.ts'
import { keyvaultSecretListVersions } from './keyvault-secret-list-versions.ts'
import { keyvaultSecretSet } from './keyvault-secret-set.ts'
import { keyvaultSecretShow } from './keyvault-secret-show.ts'
import { keyvaultShow } from './keyvault-show.ts'
import { roleAssignmentCreate } from './role-assignment-create.ts'
import { roleAssignmentDelete } from './role-assignment-delete.ts'
import { roleAssignmentList } from './role-assignment-list.ts'

/** Every command. A new one is one file and one line here. */
export const commands: readonly Command[] = [
  accountShow,
  adSignedInUserShow,
  containerappCreate,
  containerappEnvCreate,
  containerappIdentityAssign,
  containerappShow,
  groupCreate,
  keyvaultCreate,
  keyvaultSecretList,
  keyvaultSecretListVersions,
  keyvaultSecretSet,
  keyvaultSecretShow,
  keyvaultShow,
  roleAssignmentCreate,
  roleAssignmentDelete,
  roleAssignmentList,
]
