"""Vaults, their access policies, private endpoint connections and secrets, as a management program sees them."""
from azure.mgmt.keyvault import KeyVaultManagementClient
from session import credential, group_name, names_of, options, others, pages_of, plain, refusal, subscription_id, tell

prefix, tenant_id, object_id = others
client = KeyVaultManagementClient(credential, subscription_id, **options)
vaults, secrets = client.vaults, client.secrets
connections = client.private_endpoint_connections
location = "westeurope"
sku = {"family": "A", "name": "standard"}
name, second, third = (f"{prefix}-{suffix}" for suffix in ("one", "two", "three"))


def body(**properties):
    return {"location": location, "properties": {"tenantId": tenant_id, "sku": sku, **properties}}


asked = {"name": name, "type": "Microsoft.KeyVault/vaults"}
free = vaults.check_name_availability(asked)
creation = vaults.begin_create_or_update(
    group_name, name, {**body(enableRbacAuthorization=False, accessPolicies=[]), "tags": {"a": "1"}}
)
created = creation.result()
change = {
    "tags": {"b": "2"},
    "properties": {
        "enabledForDeployment": True,
        "networkAcls": {"bypass": "None", "defaultAction": "Deny", "ipRules": [{"value": "10.0.0.0/8"}]},
    },
}
seen = {
    "free": plain(free),
    "created": plain(created),
    "polled": creation.status().lower(),
    "taken": vaults.check_name_availability(asked).reason,
    "got": plain(vaults.get(group_name, name)),
    "updated": plain(vaults.update(group_name, name, change)),
}
for other in (second, third):
    vaults.begin_create_or_update(group_name, other, body()).result()
seen["lists"] = {
    "byGroup": names_of(vaults.list_by_resource_group(group_name)),
    "bySubscription": names_of(vaults.list_by_subscription()),
    "asResources": names_of(vaults.list()),
    "pages": pages_of(vaults.list_by_resource_group(group_name, top=2)),
}


def update_policy(kind, permissions):
    policy = {"tenantId": tenant_id, "objectId": object_id, "permissions": {"secrets": permissions}}
    return plain(vaults.update_access_policy(group_name, name, kind, {"properties": {"accessPolicies": [policy]}}))


def shown_policies():
    return plain(list(vaults.get(group_name, name).properties.access_policies))


seen["policies"] = {
    "added": update_policy("add", ["get", "list"]),
    "merged": update_policy("add", ["set"]),
    "replaced": update_policy("replace", ["list"]),
    "shown": shown_policies(),
    "removed": update_policy("remove", ["list"]),
    "left": shown_policies(),
}


def put_connection(status):
    state = {"status": status, "description": "as agreed"}
    return connections.put(group_name, name, "office", {"properties": {"privateLinkServiceConnectionState": state}})


seen["connection"] = {
    "approved": plain(put_connection("Approved")),
    "got": plain(connections.get(group_name, name, "office")),
    "rejected": put_connection("Rejected").properties.private_link_service_connection_state.status,
    "listed": names_of(connections.list_by_resource(group_name, name)),
    "deleted": connections.begin_delete(group_name, name, "office").result().name,
    "gone": refusal(lambda: connections.get(group_name, name, "office")),
    "linkResources": plain(list(client.private_link_resources.list_by_vault(group_name, name).value)),
}

set_secret = secrets.create_or_update(
    group_name, name, "db", {"properties": {"value": "from the control plane", "contentType": "text/plain"}}
)
for other in ("api", "queue"):
    secrets.create_or_update(group_name, name, other, {"properties": {"value": "x"}})
seen["secret"] = {
    "set": plain(set_secret),
    "got": plain(secrets.get(group_name, name, "db")),
    "updated": plain(
        secrets.update(group_name, name, "db", {"tags": {"c": "3"}, "properties": {"contentType": "text/html"}})
    ),
    "pages": pages_of(secrets.list(group_name, name, top=2)),
    "missing": refusal(lambda: secrets.get(group_name, name, "none")),
}

vaults.delete(group_name, name)
seen["deleted"] = {
    "get": refusal(lambda: vaults.get(group_name, name)),
    "got": plain(vaults.get_deleted(name, location)),
    "listed": names_of(vaults.list_deleted()),
    "recreated": refusal(lambda: vaults.begin_create_or_update(group_name, name, body(createMode="default"))),
}
recovered = vaults.begin_create_or_update(group_name, name, body(createMode="recover")).result()
seen["recovered"] = {
    "id": recovered.id,
    "tags": dict(recovered.tags),
    "enabledForDeployment": recovered.properties.enabled_for_deployment,
}
seen["secretsAfter"] = names_of(secrets.list(group_name, name))
vaults.delete(group_name, name)
purge = vaults.begin_purge_deleted(name, location)
purge.result()
seen["purged"] = {
    "status": purge.status().lower(),
    "get": refusal(lambda: vaults.get_deleted(name, location)),
    "listed": names_of(vaults.list_deleted()),
    "again": refusal(lambda: vaults.begin_purge_deleted(name, location)),
}
seen["operations"] = "Microsoft.KeyVault/vaults/read" in names_of(client.operations.list())
tell(seen)
