"""The table of rights, and that every route, act and websocket takes its verb from there."""

from pathlib import Path

import pytest

import assistants_app
from assistants_app.api.urls import router
from assistants_app.domain.rights import (
    ALL,
    EDITOR,
    OWNER,
    READ,
    RIGHTS,
    ROLES,
    RUNS,
    SCOPES,
    VIEWER,
    can,
)
from assistants_app.realtime.consumers import SOCKETS
from tests.rights.site import WITHOUT_PROJECT, routes, verbs_of
from tests.services.test_act import decorators, functions

# What each role may do of what the one before it may not, so that nobody grants a right in passing.
OWNERS_ALONE = {
    "reveal_comparison",
    *("set_gate", "remove_gate", "override_gate"),
    *("create_service_key", "revoke_any_key", "read_audit"),
    "delete_any_comment",
    *("revoke_any_share", "read_shares", "forbid_sharing"),
    *("store_endpoint", "disconnect_endpoint"),
    *("set_price", "set_known_prices", "remove_price", "set_limits"),
    *("change_role", "grant_role", "remove_member"),
    *("create_invitation", "renew_invitation", "revoke_invitation"),
    *("rename_project", "delete_project"),
}
VIEWERS_TOO = {
    *("read", "read_people", "note_export"),
    *("create_comment", "edit_comment", "delete_comment", "resolve_comment", "reopen_comment"),
    *("rate_message", "unrate_message", "vote_on_comparison", "read_notice", "read_all_notices"),
    *("take_row", "grade_reply", "prefer_reply", "undo_grade"),
    # About themselves alone.
    *("change_own_account", "leave_project", "accept_invitation", "create_invited_account"),
    *("read_own_keys", "revoke_api_key"),
}


def test_each_role_may_do_what_those_below_it_may() -> None:
    for verb in RIGHTS:
        may = [can(role, verb) for role in ROLES]
        assert may == sorted(may), verb
        assert can(OWNER, verb)


def test_only_owners_decide_about_access_and_money() -> None:
    assert {verb for verb in RIGHTS if not can(EDITOR, verb)} == OWNERS_ALONE
    assert {verb for verb in RIGHTS if can(VIEWER, verb)} == VIEWERS_TOO


def test_a_scope_takes_rights_away_and_gives_none() -> None:
    for verb in RIGHTS:
        may = [can(OWNER, verb, scope) for scope in SCOPES]
        assert may == sorted(may), verb
        assert not can(VIEWER, verb, RUNS) or can(VIEWER, verb)
    assert {verb for verb in RIGHTS if can(OWNER, verb, READ)} == {"read"}
    assert can(EDITOR, "create_run", RUNS)
    assert not can(EDITOR, "delete_assistant", RUNS)
    assert not can(VIEWER, "create_run", RUNS)


@pytest.mark.parametrize("role", [*ROLES, "", "stranger"])
def test_nobody_may_do_what_the_table_lacks(role: str) -> None:
    assert not can(role, "no_such_verb")
    assert not can("", "read", ALL)
    assert not can(role, "read", "no such scope")


def test_every_route_of_the_api_names_a_verb_for_each_method() -> None:
    for pattern, route in router.patterns.items():
        assert set(route.verbs) == set(route.views), pattern
        assert set(route.verbs.values()) <= set(RIGHTS), pattern


def test_every_page_of_a_project_names_a_verb_for_each_method() -> None:
    for route in routes():
        if route.name in WITHOUT_PROJECT:
            assert "project_id" not in route.converters, route.pattern
            continue
        assert "project_id" in route.converters, route.pattern
        verbs = verbs_of(route)
        assert verbs, route.pattern
        assert set(verbs.values()) <= set(RIGHTS), route.pattern


def test_every_websocket_names_a_verb() -> None:
    assert set(SOCKETS.values()) <= set(RIGHTS)


def test_the_table_has_no_verb_that_nothing_asks_for() -> None:
    sources = Path(assistants_app.__file__).parent.rglob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.stem != "rights")
    acts = {node.name.lstrip("_") for _, node in functions() if "act(" in decorators(node)}
    assert [verb for verb in RIGHTS if verb not in acts and f'"{verb}"' not in code] == []
