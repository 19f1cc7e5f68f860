"""User-assigned identities and their federated credentials, as a management program sees them."""
from azure.mgmt.msi import ManagedServiceIdentityClient
from session import credential, group_name, group_scope, names_of, options, others, pages_of, plain, refusal, subscription_id, tell

(app,) = others
client = ManagedServiceIdentityClient(credential, subscription_id, **options)
identities, credentials = client.user_assigned_identities, client.federated_identity_credentials
location = "westeurope"

seen = {
    "identity": {
        "created": plain(identities.create_or_update(group_name, "ours", {"location": location, "tags": {"a": "1"}})),
        "updated": identities.update(group_name, "ours", {"tags": {"b": "2"}}).tags,
        "got": plain(identities.get(group_name, "ours")),
        "ofApp": plain(
            client.system_assigned_identities.get_by_scope(f"{group_scope}/providers/Microsoft.App/containerApps/{app}")
        ),
    }
}


def put_credential(name, subject):
    properties = {
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    }
    return credentials.create_or_update(group_name, "ours", name, {"properties": properties})


federated = {
    "created": plain(put_credential("ci-main", "repo:org/app:ref:refs/heads/main")),
    "got": plain(credentials.get(group_name, "ours", "ci-main")),
    "updated": put_credential("ci-main", "other").subject,
    "second": put_credential("deploy", "repo:org/app:ref:refs/heads/main").name,
    "pages": pages_of(credentials.list(group_name, "ours", top=1)),
}
credentials.delete(group_name, "ours", "ci-main")
federated["gone"] = refusal(lambda: credentials.get(group_name, "ours", "ci-main"))
federated["left"] = names_of(credentials.list(group_name, "ours"))
seen["federated"] = federated

# More than the hundred that a page has when nobody asks for less.
for at in range(104):
    identities.create_or_update(group_name, f"many-{at:03}", {"location": location})
seen["pages"] = {
    "byGroup": pages_of(identities.list_by_resource_group(group_name)),
    "bySubscription": names_of(identities.list_by_subscription()),
}
identities.delete(group_name, "ours")
identities.delete(group_name, "ours")
seen["gone"] = {
    "get": refusal(lambda: identities.get(group_name, "ours")),
    "credentials": refusal(lambda: credentials.list(group_name, "ours")),
}
tell(seen)
