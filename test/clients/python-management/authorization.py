"""Role definitions, role assignments with conditions, deny assignments and permissions, as a management program sees them."""
from uuid import uuid4

from azure.mgmt.authorization import AuthorizationManagementClient
from session import credential, group_name, group_scope, names_of, options, others, plain, refusal, subscription_id, tell

vault_name, principal_id, role_name, role_id, assignment_id, other_id = others
client = AuthorizationManagementClient(credential, subscription_id, **options)
definitions, assignments, denials = client.role_definitions, client.role_assignments, client.deny_assignments
vault_scope = f"{group_scope}/providers/Microsoft.KeyVault/vaults/{vault_name}"
vault_words = (group_name, "Microsoft.KeyVault", "vaults", vault_name)


def role_of(definition):
    """The member that the SDKs call differently is told by the name that both can tell."""
    wire = plain(definition)
    wire["properties"]["roleType"] = wire["properties"].pop("type")
    return wire


def put_role(actions, not_actions):
    permission = {"actions": actions, "notActions": not_actions, "dataActions": [], "notDataActions": []}
    properties = {
        "roleName": role_name,
        "description": "Reads what groups are called.",
        "type": "CustomRole",
        "assignableScopes": [group_scope],
        "permissions": [permission],
    }
    return definitions.create_or_update(group_scope, role_id, {"properties": properties})


built_in = next(iter(definitions.list(vault_scope, filter="roleName eq 'Key Vault Secrets User'")))
created = put_role(["Microsoft.Resources/subscriptions/resourceGroups/read"], [])
definition = {
    "builtIn": role_of(built_in),
    "created": role_of(created),
    "updated": role_of(put_role(["*/read"], ["Microsoft.KeyVault/*/read"])),
    "got": role_of(definitions.get(group_scope, role_id)),
    "gotById": definitions.get_by_id(created.id).role_name,
    "listed": [found.role_name for found in definitions.list(group_scope, filter="type eq 'CustomRole'")],
    "ofAll": len(list(definitions.list(group_scope))) > 5,
}


def assign(scope, name, role, **more):
    properties = {"roleDefinitionId": role.id, "principalId": principal_id, **more}
    return assignments.create(scope, name, {"properties": properties})


assigned = assign(
    vault_scope,
    assignment_id,
    built_in,
    principalType="ServicePrincipal",
    description="the database password alone",
    condition="((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'})) OR "
    "(@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'db'))",
    conditionVersion="2.0",
)
assign(group_scope, other_id, created)
mine = f"principalId eq '{principal_id}'"
assignment = {
    "created": plain(assigned),
    "got": plain(assignments.get(vault_scope, assignment_id)),
    "gotById": assignments.get_by_id(assigned.id).name,
    "twice": refusal(lambda: assign(vault_scope, str(uuid4()), built_in)),
    "badCondition": refusal(
        lambda: assign(vault_scope, str(uuid4()), built_in, condition="whenever", conditionVersion="2.0")
    ),
    "bySubscription": sorted(names_of(assignments.list_for_subscription(filter=mine))),
    "byGroup": sorted(names_of(assignments.list_for_resource_group(group_name, filter=mine))),
    "byResource": sorted(names_of(assignments.list_for_resource(*vault_words, filter=mine))),
    "byScope": sorted(names_of(assignments.list_for_scope(vault_scope, filter=f"assignedTo('{principal_id}')"))),
    "updated": assign(vault_scope, assignment_id, built_in, principalType="ServicePrincipal").condition,
}
role_in_use = refusal(lambda: definitions.delete(group_scope, role_id))
deleted_assignment = assignments.delete(vault_scope, assignment_id)
assignments.delete_by_id(f"{group_scope}/providers/Microsoft.Authorization/roleAssignments/{other_id}")
deleted_role = definitions.delete(group_scope, role_id)

tell(
    {
        "definition": definition,
        "assignment": assignment,
        "roleInUse": role_in_use,
        "deleted": {
            "assignment": deleted_assignment.name,
            "role": deleted_role.name,
            "getAssignment": refusal(lambda: assignments.get(vault_scope, assignment_id)),
            "getRole": refusal(lambda: definitions.get(group_scope, role_id)),
            "left": names_of(assignments.list_for_subscription(filter=mine)),
        },
        "deny": {
            "bySubscription": names_of(denials.list()),
            "byGroup": names_of(denials.list_for_resource_group(group_name)),
            "byResource": names_of(denials.list_for_resource(group_name, "Microsoft.KeyVault", "", "vaults", vault_name)),
            "byScope": names_of(denials.list_for_scope(f"/subscriptions/{subscription_id}")),
            "missing": refusal(lambda: denials.get(f"/subscriptions/{subscription_id}", other_id)),
        },
        "permissions": {
            "byGroup": plain(list(client.permissions.list_for_resource_group(group_name))),
            "byResource": len(
                list(client.permissions.list_for_resource(group_name, "Microsoft.KeyVault", "", "vaults", vault_name))
            ),
        },
    }
)
