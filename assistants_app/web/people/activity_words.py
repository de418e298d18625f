"""The words of the activity page: what was done, to what."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# In the past, after the name of the person. A verb that is missing here is shown as it is.
_VERBS: dict[str, Promise] = {
    "accept_invitation": _("accepted the invitation"),
    "change_account": _("changed their name or address"),
    "change_password": _("changed their password"),
    "change_role": _("changed the role of"),
    "confirm_address": _("confirmed their address"),
    "create_api_key": _("created the API key"),
    "create_invitation": _("created the invitation"),
    "create_project": _("created the project"),
    "create_share": _("made the share link"),
    "delete_assistant": _("deleted the assistant"),
    "delete_comment": _("deleted the comment by"),
    "delete_comparison": _("deleted the comparison"),
    "delete_experiment": _("deleted the experiment"),
    "delete_file": _("deleted the file"),
    "delete_project": _("deleted the project"),
    "delete_store": _("deleted the vector store"),
    "delete_tape": _("deleted the tape"),
    "delete_test_set": _("deleted the test set"),
    "delete_thread": _("deleted the thread"),
    "disconnect_endpoint": _("removed the model endpoint"),
    "export": _("exported"),
    "forbid_sharing": _("turned share links on or off for"),
    "fork_shared_thread": _("copied a shared thread to"),
    "import_assistants": _("imported the assistant"),
    "grant_role": _("gave a role to"),
    "import_test_rows": _("imported rows into the test set"),
    "leave_project": _("left, as the member"),
    "override_gate": _("published over its gate the assistant"),
    "publish": _("published the assistant"),
    "raise_budget": _("raised the budget of the experiment"),
    "remove_gate": _("removed the publish gate of"),
    "remove_member": _("removed the member"),
    "remove_price": _("removed the price of"),
    "rename_project": _("renamed the project to"),
    "renew_invitation": _("created a new link for the invitation"),
    "reset_access": _("reset the access of"),
    "reveal_comparison": _("showed the names of the comparison"),
    "revoke_api_key": _("revoked the API key"),
    "revoke_invitation": _("revoked the invitation"),
    "revoke_share": _("revoked the share link"),
    "set_gate": _("set the publish gate of"),
    "set_limits": _("set the limits of"),
    "set_known_prices": _("set the list price of"),
    "set_price": _("set the price of"),
    "sign_in": _("signed in"),
    "store_endpoint": _("connected the model endpoint"),
    "verify_address": _("vouched for the address of"),
}
_TARGETS: dict[str, Promise] = {
    "activity": _("activity"),
    "api_key": _("API key"),
    "assistant": _("assistant"),
    "comment": _("comment"),
    "comparison": _("comparison"),
    "endpoint": _("model endpoint"),
    "experiment": _("experiment"),
    "file": _("file"),
    "invitation": _("invitation"),
    "member": _("member"),
    "model": _("model"),
    "project": _("project"),
    "run": _("run"),
    "share": _("share link"),
    "tape": _("tape"),
    "test_set": _("test set"),
    "thread": _("thread"),
    "usage": _("usage"),
    "vector_store": _("vector store"),
}


def verb_words(verb: str) -> str:
    """Return a verb in words, such as "deleted the file"."""
    return str(_VERBS.get(verb) or verb.replace("_", " "))


def target_words(kind: str) -> str:
    """Return a type of target in words, such as "vector store"."""
    return str(_TARGETS.get(kind) or kind.replace("_", " "))
