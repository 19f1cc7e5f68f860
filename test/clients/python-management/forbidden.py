"""One call of each kind as an identity that has no role: what each is refused with."""
from uuid import uuid4

from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from session import credential, group_name, group_scope, names_of, options, others, refusal, subscription_id, tell

vault_name, tenant_id, principal_id, role_definition_id = others
clients = {"credential": credential, "subscription_id": subscription_id, **options}
resource_client = ResourceManagementClient(**clients)
groups = resource_client.resource_groups
locks = ManagementLockClient(**clients).management_locks
vaults = KeyVaultManagementClient(**clients).vaults
assignments = AuthorizationManagementClient(**clients).role_assignments
identities = ManagedServiceIdentityClient(**clients).user_assigned_identities
place = {"location": "westeurope"}
vault = {**place, "properties": {"tenantId": tenant_id, "sku": {"family": "A", "name": "standard"}}}
assignment = {"properties": {"roleDefinitionId": role_definition_id, "principalId": principal_id}}

tell(
    {
        "group": {
            "write": refusal(lambda: groups.create_or_update("rg-of-a-stranger", place)),
            "read": refusal(lambda: groups.get(group_name)),
            "delete": refusal(lambda: groups.begin_delete(group_name)),
            "resources": names_of(resource_client.resources.list()),
        },
        "lock": {
            "write": refusal(
                lambda: locks.create_or_update_at_resource_group_level(group_name, "l", {"level": "ReadOnly"})
            )
        },
        "vault": {
            "write": refusal(lambda: vaults.begin_create_or_update(group_name, "kv-of-a-stranger", vault)),
            "read": refusal(lambda: vaults.get(group_name, vault_name)),
            "delete": refusal(lambda: vaults.delete(group_name, vault_name)),
        },
        "assignment": {"write": refusal(lambda: assignments.create(group_scope, str(uuid4()), assignment))},
        "identity": {"write": refusal(lambda: identities.create_or_update(group_name, "of-a-stranger", place))},
    }
)
