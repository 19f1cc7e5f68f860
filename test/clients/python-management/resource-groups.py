"""Subscriptions, locations, providers, resource groups, resources and locks, as a management program sees them."""
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from session import credential, group_name, group_scope, names_of, options, pages_of, plain, refusal, subscription_id, tell

subscriptions = SubscriptionClient(credential, **options)
resource_client = ResourceManagementClient(credential, subscription_id, **options)
groups, resources, providers = resource_client.resource_groups, resource_client.resources, resource_client.providers
locks = ManagementLockClient(credential, subscription_id, **options).management_locks
location = "westeurope"
second = f"{group_name}-second"
type_ = "Microsoft.ManagedIdentity/userAssignedIdentities"
version = "2024-11-30"
identity_id = f"{group_scope}/providers/{type_}/generic"

registered = providers.register("Microsoft.KeyVault")
provider = providers.get("Microsoft.KeyVault")
regions = subscriptions.subscriptions.list_locations(subscription_id)
seen = {
    "subscription": {
        "shown": plain(subscriptions.subscriptions.get(subscription_id)),
        "ids": [found.subscription_id for found in subscriptions.subscriptions.list()],
        "region": plain(next(region for region in regions if region.name == location)),
        "tenantIds": [found.tenant_id for found in subscriptions.tenants.list()],
    },
    "provider": {
        "states": [registered.registration_state, provider.registration_state],
        "hasVaults": any(found.resource_type == "vaults" for found in provider.resource_types),
        "namespaces": [found.namespace for found in providers.list()],
    },
}

group = {
    "existsBefore": groups.check_existence(group_name),
    "created": plain(groups.create_or_update(group_name, {"location": location, "tags": {"a": "1"}})),
    "got": plain(groups.get(group_name)),
    "updated": plain(groups.update(group_name, {"tags": {"b": "2"}})),
}
groups.create_or_update(second, {"location": location})
group["pages"] = pages_of(groups.list(top=1))
group["tagged"] = names_of(groups.list(filter="tagName eq 'b' and tagValue eq '2'"))
seen["group"] = group

made = {"location": location, "tags": {"c": "3"}}
resource = {
    "created": plain(resources.begin_create_or_update_by_id(identity_id, made, api_version=version).result()),
    # Azure, too, answers 405 where a provider has no HEAD, and refers to GET.
    "headed": refusal(lambda: resources.check_existence_by_id(identity_id, api_version=version)),
    "got": plain(resources.get_by_id(identity_id, api_version=version)),
    "updated": plain(resources.begin_update_by_id(identity_id, {"tags": {"d": "4"}}, api_version=version).result()),
    "ofType": plain(list(resources.list(filter=f"resourceType eq '{type_}' and name eq 'generic'"))),
    "inGroup": names_of(resources.list_by_resource_group(group_name)),
}

lock = {
    "created": plain(
        locks.create_or_update_at_resource_group_level(
            group_name, "keep", {"level": "CanNotDelete", "notes": "until the end"}
        )
    ),
    "got": plain(locks.get_at_resource_group_level(group_name, "keep")),
    "changed": plain(locks.create_or_update_at_resource_group_level(group_name, "keep", {"level": "ReadOnly"})),
    # This SDK sends the scope as one segment, with %2F in it; a path with %2F is refused here.
    "byScope": refusal(lambda: locks.get_by_scope(group_scope, "keep")),
    "whileLocked": {
        "write": refusal(lambda: resources.begin_update_by_id(identity_id, {"tags": {}}, api_version=version)),
        "delete": refusal(lambda: groups.begin_delete(group_name)),
    },
}
locks.create_or_update_at_subscription_level("whole", {"level": "CanNotDelete"})
lock["locks"] = {
    "byGroup": names_of(locks.list_at_resource_group_level(group_name)),
    "bySubscription": names_of(locks.list_at_subscription_level()),
    "byResource": names_of(
        locks.list_at_resource_level(group_name, "Microsoft.ManagedIdentity", "", "userAssignedIdentities", "generic")
    ),
}
locks.delete_at_subscription_level("whole")
locks.delete_at_resource_group_level(group_name, "keep")
lock["gone"] = refusal(lambda: locks.get_at_resource_group_level(group_name, "keep"))
seen["lock"] = lock

resources.begin_delete_by_id(identity_id, api_version=version).result()
resource["gone"] = refusal(lambda: resources.get_by_id(identity_id, api_version=version))
seen["resource"] = resource
deletion = groups.begin_delete(group_name)
deletion.result()
groups.begin_delete(second).result()
seen["gone"] = {
    "status": deletion.status().lower(),
    "get": refusal(lambda: groups.get(group_name)),
    "exists": groups.check_existence(group_name),
    "again": refusal(lambda: groups.begin_delete(group_name)),
    "left": names_of(groups.list()),
}
tell(seen)
