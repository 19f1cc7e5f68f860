import type { Command } from '../command.ts'
import { accountShow } from './account-show.ts'
import { adSignedInUserShow } from './ad-signed-in-user-show.ts'
import { adSpCreateForRbac } from './ad-sp-create-for-rbac.ts'
import { auditExport } from './audit-export.ts'
import { auditProve } from './audit-prove.ts'
import { auditTail } from './audit-tail.ts'
import { auditVerify } from './audit-verify.ts'
import { cloudProfile } from './cloud-profile.ts'
import { containerappCreate } from './containerapp-create.ts'
import { containerappEnvCreate } from './containerapp-env-create.ts'
import { containerappIdentityAssign } from './containerapp-identity-assign.ts'
import { containerappShow } from './containerapp-show.ts'
import { doctor } from './doctor.ts'
import { groupCreate } from './group-create.ts'
import { keyvaultCreate } from './keyvault-create.ts'
import { keyvaultSecretList } from './keyvault-secret-list.ts'
import { keyvaultSecretListVersions } from './keyvault-secret-list-versions.ts'
import { keyvaultSecretSet } from './keyvault-secret-set.ts'
import { keyvaultSecretShow } from './keyvault-secret-show.ts'
import { keyvaultShow } from './keyvault-show.ts'
import { migrate } from './migrate.ts'
import { operatorGrant } from './operator-grant.ts'
import { roleAssignmentCreate } from './role-assignment-create.ts'
import { roleAssignmentDelete } from './role-assignment-delete.ts'
import { roleAssignmentList } from './role-assignment-list.ts'
import { run } from './run.ts'
import { serve } from './serve.ts'
import { sessionEnd } from './session-end.ts'
import { sessionList } from './session-list.ts'
import { sessionStart } from './session-start.ts'
import { shell } from './shell.ts'
import { signingKeyRevoke } from './signing-key-revoke.ts'
import { signingKeyRotate } from './signing-key-rotate.ts'

/** Every command. A new one is one file and one line here. */
export const commands: readonly Command[] = [
  accountShow,
  adSignedInUserShow,
  adSpCreateForRbac,
  auditExport,
  auditProve,
  auditTail,
  auditVerify,
  cloudProfile,
  containerappCreate,
  containerappEnvCreate,
  containerappIdentityAssign,
  containerappShow,
  doctor,
  groupCreate,
  keyvaultCreate,
  keyvaultSecretList,
  keyvaultSecretListVersions,
  keyvaultSecretSet,
  keyvaultSecretShow,
  keyvaultShow,
  migrate,
  operatorGrant,
  roleAssignmentCreate,
  roleAssignmentDelete,
  roleAssignmentList,
  run,
  serve,
  sessionEnd,
  sessionList,
  sessionStart,
  shell,
  signingKeyRevoke,
  signingKeyRotate,
]
