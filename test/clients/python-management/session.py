"""What the programs of this folder share: whose subscription, retries off, no waiting between polls, and how a refusal is told."""
import json
import sys

from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

subscription_id, group_name, *others = sys.argv[1:]
group_scope = f"/subscriptions/{subscription_id}/resourceGroups/{group_name}"
credential = DefaultAzureCredential()
options = {"retry_total": 0, "polling_interval": 0}


def refusal(work):
    """Status and code of what the service refuses; a list or a poller is followed to its end."""
    try:
        result = work()
        if hasattr(result, "result"):
            result.result()
        elif hasattr(result, "by_page"):
            list(result)
    except HttpResponseError as failure:
        return [failure.status_code, failure.error.code if failure.error else None]
    return "not refused"


def plain(model):
    """A model as it was on the wire, whichever generation its SDK is of."""
    if isinstance(model, list):
        return [plain(item) for item in model]
    return model.as_dict() if hasattr(model, "as_dict") and not hasattr(model, "serialize") else model.serialize(keep_readonly=True)


def names_of(items):
    return [item.name for item in items]


def pages_of(items):
    return [[item.name for item in page] for page in items.by_page()]


def tell(seen):
    print(json.dumps(seen))
