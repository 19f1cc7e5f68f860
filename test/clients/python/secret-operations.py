"""All twelve operations on secrets, as a user of the SDK writes them, retries off. Prints what came of each."""
import json
import sys
from datetime import datetime, timezone

from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

url, other_url, prefix = sys.argv[1:4]
credential = DefaultAzureCredential()
client = SecretClient(vault_url=url, credential=credential, retry_total=0)
other = SecretClient(vault_url=other_url, credential=credential, retry_total=0)
name = f"{prefix}-Secret"
neighbour = f"{prefix}-other"


def refusal(work):
    try:
        work()
    except HttpResponseError as failure:
        return [failure.status_code, failure.error.code]
    return "not refused"


def names_in(pages):
    """Page by page, one item each, in the order of their names."""
    found = [item.name for page in pages.by_page() for item in page]
    return [one for one in found if one.startswith(f"{prefix}-")]


def versions_of(of):
    return list(of.list_properties_of_secret_versions(name))


first_set = client.set_secret(name, "one", content_type="text/plain", tags={"a": "1"})
latest_set = client.set_secret(name, "zwei €")
client.set_secret(neighbour, "")
first = client.get_secret(name, first_set.properties.version)
got = client.get_secret(name)
updated = client.update_secret_properties(
    name,
    latest_set.properties.version,
    content_type="text/html",
    tags={"b": "2"},
    expires_on=datetime(2030, 1, 1, tzinfo=timezone.utc),
)
client.update_secret_properties(name, first_set.properties.version, content_type="")
versions = versions_of(client)
listed = names_in(client.list_properties_of_secrets(max_page_size=1))

backup = client.backup_secret(name)
deleted = client.begin_delete_secret(name).result()
client.begin_delete_secret(neighbour).wait()
got_deleted = client.get_deleted_secret(name)
listed_deleted = names_in(client.list_deleted_secrets(max_page_size=1))
while_deleted = {
    "get": refusal(lambda: client.get_secret(name)),
    "set": refusal(lambda: client.set_secret(name, "x")),
}
recovered = client.begin_recover_deleted_secret(name).result()
recovered_value = client.get_secret(name)
recovered_versions = versions_of(client)

restored = other.restore_secret_backup(backup)
restored_first = other.get_secret(name, first_set.properties.version)
restored_latest = other.get_secret(name)
restored_again = refusal(lambda: other.restore_secret_backup(backup))
tampered = bytes(byte ^ 1 if at == 99 else byte for at, byte in enumerate(backup))
tampered_refusal = refusal(lambda: other.restore_secret_backup(tampered))

client.begin_delete_secret(name).wait()
client.purge_deleted_secret(name)
client.purge_deleted_secret(neighbour)
print(
    json.dumps(
        {
            "set": {
                "name": first_set.name,
                "value": first_set.value,
                "contentType": first_set.properties.content_type,
                "tags": first_set.properties.tags,
                "enabled": first_set.properties.enabled,
            },
            "got": {"first": first.value, "latest": got.value},
            "updated": {
                "contentType": updated.content_type,
                "tags": updated.tags,
                "expires": int(updated.expires_on.timestamp()),
            },
            "versions": {
                "count": len(versions),
                "contentTypes": sorted(version.content_type for version in versions),
            },
            "listed": listed,
            "deleted": {
                "name": deleted.name,
                "recoveryId": deleted.recovery_id,
                "days": (deleted.scheduled_purge_date - deleted.deleted_date).total_seconds() / 86400,
                "recoveryLevel": deleted.properties.recovery_level,
                "recoverableDays": deleted.properties.recoverable_days,
            },
            "gotDeleted": got_deleted.name,
            "listedDeleted": listed_deleted,
            "whileDeleted": while_deleted,
            "recovered": {
                "name": recovered.name,
                "value": recovered_value.value,
                "versions": len(recovered_versions),
            },
            "restored": {
                "name": restored.name,
                "sameVersion": restored.version == latest_set.properties.version,
                "first": restored_first.value,
                "latest": restored_latest.value,
                "versions": len(versions_of(other)),
            },
            "restoredAgain": restored_again,
            "tampered": tampered_refusal,
            "purged": {
                "deleted": refusal(lambda: client.get_deleted_secret(name)),
                "purgedAgain": refusal(lambda: client.purge_deleted_secret(name)),
                "restoredValue": other.get_secret(name).value,
            },
        }
    )
)
