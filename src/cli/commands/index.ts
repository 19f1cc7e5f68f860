import type { Command } from '../command.ts'
import { accountClear } from './account-clear.ts'
import { accountGetAccessToken } from './account-get-access-token.ts'
import { accountList } from './account-list.ts'
import { accountListLocations } from './account-list-locations.ts'
import { accountSet } from './account-set.ts'
import { accountShow } from './account-show.ts'
import { adSignedInUserShow } from './ad-signed-in-user-show.ts'
import { adSpCreateForRbac } from './ad-sp-create-for-rbac.ts'
import { auditExport } from './audit-export.ts'
import { auditProve } from './audit-prove.ts'
import { auditTail } from './audit-tail.ts'
import { auditVerify } from './audit-verify.ts'
import { cloudProfile } from './cloud-profile.ts'
import { createCompletion } from './completion.ts'
import { containerappCreate } from './containerapp-create.ts'
import { containerappDelete } from './containerapp-delete.ts'
import { containerappEnvCreate } from './containerapp-env-create.ts'
import { containerappEnvDelete } from './containerapp-env-delete.ts'
import { containerappEnvList } from './containerapp-env-list.ts'
import { containerappEnvShow } from './containerapp-env-show.ts'
import { containerappEnvUpdate } from './containerapp-env-update.ts'
import { containerappIdentityAssign } from './containerapp-identity-assign.ts'
import { containerappIdentityRemove } from './containerapp-identity-remove.ts'
import { containerappIdentityShow } from './containerapp-identity-show.ts'
import { containerappList } from './containerapp-list.ts'
import { containerappRevisionActivate } from './containerapp-revision-activate.ts'
import { containerappRevisionDeactivate } from './containerapp-revision-deactivate.ts'
import { containerappRevisionList } from './containerapp-revision-list.ts'
import { containerappRevisionRestart } from './containerapp-revision-restart.ts'
import { containerappRevisionSetMode } from './containerapp-revision-set-mode.ts'
import { containerappRevisionShow } from './containerapp-revision-show.ts'
import { containerappSecretList } from './containerapp-secret-list.ts'
import { containerappSecretRemove } from './containerapp-secret-remove.ts'
import { containerappSecretSet } from './containerapp-secret-set.ts'
import { containerappSecretShow } from './containerapp-secret-show.ts'
import { containerappShow } from './containerapp-show.ts'
import { containerappUpdate } from './containerapp-update.ts'
import { doctor } from './doctor.ts'
import { groupCreate } from './group-create.ts'
import { groupDelete } from './group-delete.ts'
import { groupExists } from './group-exists.ts'
import { groupList } from './group-list.ts'
import { groupShow } from './group-show.ts'
import { groupUpdate } from './group-update.ts'
import { groupWait } from './group-wait.ts'
import { identityCreate } from './identity-create.ts'
import { identityDelete } from './identity-delete.ts'
import { identityFederatedCredentialCreate } from './identity-federated-credential-create.ts'
import { identityFederatedCredentialDelete } from './identity-federated-credential-delete.ts'
import { identityFederatedCredentialList } from './identity-federated-credential-list.ts'
import { identityFederatedCredentialShow } from './identity-federated-credential-show.ts'
import { identityFederatedCredentialUpdate } from './identity-federated-credential-update.ts'
import { identityList } from './identity-list.ts'
import { identityShow } from './identity-show.ts'
import { identityUpdate } from './identity-update.ts'
import { keyvaultCheckName } from './keyvault-check-name.ts'
import { keyvaultCreate } from './keyvault-create.ts'
import { keyvaultDelete } from './keyvault-delete.ts'
import { keyvaultDeletePolicy } from './keyvault-delete-policy.ts'
import { keyvaultList } from './keyvault-list.ts'
import { keyvaultListDeleted } from './keyvault-list-deleted.ts'
import { keyvaultNetworkRuleAdd } from './keyvault-network-rule-add.ts'
import { keyvaultNetworkRuleList } from './keyvault-network-rule-list.ts'
import { keyvaultNetworkRuleRemove } from './keyvault-network-rule-remove.ts'
import { keyvaultPurge } from './keyvault-purge.ts'
import { keyvaultRecover } from './keyvault-recover.ts'
import { keyvaultSecretBackup } from './keyvault-secret-backup.ts'
import { keyvaultSecretDelete } from './keyvault-secret-delete.ts'
import { keyvaultSecretDownload } from './keyvault-secret-download.ts'
import { keyvaultSecretList } from './keyvault-secret-list.ts'
import { keyvaultSecretListDeleted } from './keyvault-secret-list-deleted.ts'
import { keyvaultSecretListVersions } from './keyvault-secret-list-versions.ts'
import { keyvaultSecretPurge } from './keyvault-secret-purge.ts'
import { keyvaultSecretRecover } from './keyvault-secret-recover.ts'
import { keyvaultSecretRestore } from './keyvault-secret-restore.ts'
import { keyvaultSecretSet } from './keyvault-secret-set.ts'
import { keyvaultSecretSetAttributes } from './keyvault-secret-set-attributes.ts'
import { keyvaultSecretShow } from './keyvault-secret-show.ts'
import { keyvaultSecretShowDeleted } from './keyvault-secret-show-deleted.ts'
import { keyvaultSetPolicy } from './keyvault-set-policy.ts'
import { keyvaultShow } from './keyvault-show.ts'
import { keyvaultShowDeleted } from './keyvault-show-deleted.ts'
import { keyvaultUpdate } from './keyvault-update.ts'
import { keyvaultWait } from './keyvault-wait.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { migrate } from './migrate.ts'
import { operatorGrant } from './operator-grant.ts'
import { roleAssignmentCreate } from './role-assignment-create.ts'
import { roleAssignmentDelete } from './role-assignment-delete.ts'
import { roleAssignmentList } from './role-assignment-list.ts'
import { roleAssignmentUpdate } from './role-assignment-update.ts'
import { roleDefinitionCreate } from './role-definition-create.ts'
import { roleDefinitionDelete } from './role-definition-delete.ts'
import { roleDefinitionList } from './role-definition-list.ts'
import { roleDefinitionShow } from './role-definition-show.ts'
import { roleDefinitionUpdate } from './role-definition-update.ts'
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
  accountClear,
  accountGetAccessToken,
  accountListLocations,
  accountList,
  accountSet,
  accountShow,
  adSignedInUserShow,
  adSpCreateForRbac,
  auditExport,
  auditProve,
  auditTail,
  auditVerify,
  cloudProfile,
  containerappCreate,
  containerappDelete,
  containerappEnvCreate,
  containerappEnvDelete,
  containerappEnvList,
  containerappEnvShow,
  containerappEnvUpdate,
  containerappIdentityAssign,
  containerappIdentityRemove,
  containerappIdentityShow,
  containerappList,
  containerappRevisionActivate,
  containerappRevisionDeactivate,
  containerappRevisionList,
  containerappRevisionRestart,
  containerappRevisionSetMode,
  containerappRevisionShow,
  containerappSecretList,
  containerappSecretRemove,
  containerappSecretSet,
  containerappSecretShow,
  containerappShow,
  containerappUpdate,
  doctor,
  groupCreate,
  groupDelete,
  groupExists,
  groupList,
  groupShow,
  groupUpdate,
  groupWait,
  identityCreate,
  identityDelete,
  identityFederatedCredentialCreate,
  identityFederatedCredentialDelete,
  identityFederatedCredentialList,
  identityFederatedCredentialShow,
  identityFederatedCredentialUpdate,
  identityList,
  identityShow,
  identityUpdate,
  keyvaultCheckName,
  keyvaultCreate,
  keyvaultDeletePolicy,
  keyvaultDelete,
  keyvaultListDeleted,
  keyvaultList,
  keyvaultNetworkRuleAdd,
  keyvaultNetworkRuleList,
  keyvaultNetworkRuleRemove,
  keyvaultPurge,
  keyvaultRecover,
  keyvaultSecretBackup,
  keyvaultSecretDelete,
  keyvaultSecretDownload,
  keyvaultSecretListDeleted,
  keyvaultSecretListVersions,
  keyvaultSecretList,
  keyvaultSecretPurge,
  keyvaultSecretRecover,
  keyvaultSecretRestore,
  keyvaultSecretSetAttributes,
  keyvaultSecretSet,
  keyvaultSecretShowDeleted,
  keyvaultSecretShow,
  keyvaultSetPolicy,
  keyvaultShowDeleted,
  keyvaultShow,
  keyvaultUpdate,
  keyvaultWait,
  login,
  logout,
  migrate,
  operatorGrant,
  roleAssignmentCreate,
  roleAssignmentDelete,
  roleAssignmentList,
  roleAssignmentUpdate,
  roleDefinitionCreate,
  roleDefinitionDelete,
  roleDefinitionList,
  roleDefinitionShow,
  roleDefinitionUpdate,
  run,
  serve,
  sessionEnd,
  sessionList,
  sessionStart,
  shell,
  signingKeyRevoke,
  signingKeyRotate,
  createCompletion(() => commands),
]
