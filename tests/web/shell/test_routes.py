"""Access to the site: who can sign in, and what a stranger gets from each route."""

from collections.abc import Iterator

import pytest
from django.urls import URLResolver, get_resolver, reverse

from tests.asgi import Client
from tests.cast import Cast
from tests.web.pages import HTMX, signed_in, squeezed

ROUTES = [
    ("get", "playground", ()),
    ("get", "palette", ()),
    ("get", "assistants", ()),
    ("post", "assistants", ()),
    ("get", "assistant", ("assistant",)),
    ("post", "run_with", ()),
    ("get", "delete_assistant", ("assistant",)),
    ("post", "delete_assistant", ("assistant",)),
    ("get", "assistant_menu", ("assistant",)),
    ("post", "run_options", ("assistant",)),
    ("get", "threads", ()),
    ("get", "import_assistants", ()),
    ("post", "import_assistants", ()),
    ("post", "clone_assistant", ("assistant",)),
    ("get", "versions", ("assistant",)),
    ("get", "compare_versions", ("assistant",)),
    ("get", "draft", ("assistant",)),
    ("post", "draft", ("assistant",)),
    ("get", "draft_diff", ("assistant",)),
    ("post", "discard_draft", ("assistant",)),
    ("post", "rebase_draft", ("assistant",)),
    ("get", "publish_draft", ("assistant",)),
    ("post", "publish_draft", ("assistant",)),
    ("post", "edit_function", ()),
    ("post", "check_function", ()),
    ("post", "edit_reply_schema", ()),
    ("post", "check_reply_schema", ()),
    ("post", "threads", ()),
    ("post", "fork_thread", ("thread",)),
    ("post", "clear_thread", ("thread",)),
    ("get", "thread_tree", ("thread",)),
    ("get", "thread_context", ("thread",)),
    ("get", "edit_message", ("thread", "message")),
    ("post", "edit_message", ("thread", "message")),
    ("get", "copy_message", ("thread", "message")),
    ("post", "copy_message", ("thread", "message")),
    ("post", "export_threads", ()),
    ("post", "delete_threads", ()),
    ("post", "send_message", ("thread",)),
    ("post", "delete_thread", ("thread",)),
    ("get", "run_log", ("thread", "run")),
    ("post", "cancel_run", ("thread", "run")),
    ("post", "submit_outputs", ("thread", "run")),
    ("post", "prepare_output", ("thread", "run")),
    ("post", "retry_run", ("thread", "run")),
    ("get", "files", ()),
    ("put", "files", ()),
    ("post", "delete_file", ("file",)),
    ("get", "pick_files", ()),
    ("post", "pick_files", ()),
    ("get", "draft_instructions", ("assistant",)),
    ("get", "thread_files", ("thread",)),
    ("get", "vector_stores", ()),
    ("post", "vector_stores", ()),
    ("get", "search_panel", ()),
    ("post", "search_panel", ()),
    ("get", "file_content", ("file",)),
    ("get", "file_preview", ("file",)),
    ("post", "stop_code", ("thread",)),
    ("get", "session", ("thread",)),
    ("get", "session_content", ("thread",)),
    ("get", "session_preview", ("thread",)),
    ("get", "run_trace", ("run",)),
    ("get", "run_events", ("run",)),
    ("get", "run_step", ("run", "step")),
    ("get", "log_events", ("run",)),
    ("get", "log_calls", ("run",)),
    ("get", "usage", ()),
    ("get", "activity", ()),
    ("get", "activity_ndjson", ()),
    ("get", "projects", ()),
    ("post", "projects", ()),
    ("get", "projects_menu", ()),
    ("post", "rename_project", ()),
    ("post", "delete_project", ()),
    ("get", "view_code", ()),
    ("get", "settings", ()),
    ("get", "account", ()),
    ("post", "save_account", ()),
    ("post", "send_address_link", ()),
    ("get", "confirm_address", ("assistant",)),
    ("post", "confirm_address", ("assistant",)),
    ("post", "set_password", ()),
    ("post", "end_session", ("assistant",)),
    ("post", "sign_out_everywhere", ()),
    ("post", "create_key", ()),
    ("post", "revoke_key", ("assistant",)),
    ("post", "connect_endpoint", ()),
    ("post", "test_endpoint", ()),
    ("post", "remove_endpoint", ("assistant",)),
    ("post", "set_time_zone", ()),
    ("post", "detect_time_zone", ()),
    ("get", "limits", ()),
    ("post", "save_limits", ()),
    ("post", "use_known_prices", ()),
    ("post", "save_price", ()),
    ("post", "remove_price", ()),
    ("get", "models", ()),
    ("get", "endpoints", ()),
    ("post", "endpoints", ()),
]


def site_routes(resolver: URLResolver | None = None) -> Iterator[tuple[str, str]]:
    """Yield the path and the name of each page of the site."""
    for route in (resolver or get_resolver("assistants_app.web.urls")).url_patterns:
        if isinstance(route, URLResolver):
            yield from ((f"{route.pattern}{path}", name) for path, name in site_routes(route))
        else:
            yield str(route.pattern), str(route.name)


def test_paths_end_in_a_slash_and_have_one_name() -> None:
    routes = [(path, name) for path, name in site_routes() if path]
    assert [name for path, name in routes if not path.endswith("/")] == []
    assert len({path for path, _ in routes}) == len(routes)


@pytest.mark.parametrize(("method", "name", "nouns"), ROUTES)
def test_a_stranger_gets_404_and_the_unknown_are_asked_to_sign_in(
    cast: Cast, method: str, name: str, nouns: tuple[str, ...]
) -> None:
    url = reverse(name, args=[cast.project.id, *(getattr(cast, noun).id for noun in nouns)])
    stranger = getattr(signed_in(cast.charlie), method)(url)
    assert stranger.status_code == 404
    assert "Secret" not in stranger.content.decode()
    unknown = getattr(Client(), method)(url)
    assert unknown.status_code == 302
    assert unknown["Location"].startswith("/sign-in/")


def test_what_is_not_there_says_so_in_a_page(cast: Cast) -> None:
    url = reverse("playground", args=[cast.project.id])
    page = signed_in(cast.alice).get(f"{url}?t=thread_notthere")
    assert page.status_code == 404
    assert "Page not found" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "gone", "status", "says"),
    [
        ("store_files", "vs_gone", 200, "This vector store was deleted."),
        ("reindex_store", "vs_gone", 204, ""),
        ("thread_context", "thread_gone", 204, ""),
        ("run_trace", "run_gone", 204, ""),
    ],
)
def test_a_page_that_asks_again_hears_without_an_error_what_is_gone(
    cast: Cast, caplog: pytest.LogCaptureFixture, name: str, gone: str, status: int, says: str
) -> None:
    url = reverse(name, args=[cast.project.id, gone])
    answer = signed_in(cast.bob).get(url, headers=HTMX)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert answer.get("HX-Refresh") == ("true" if name == "run_trace" else None)
    assert not caplog.records
    assert signed_in(cast.bob).get(url).status_code == 404
    assert signed_in(cast.charlie).get(url, headers=HTMX).status_code == 404


def test_the_palette_finds_what_has_the_words(cast: Cast) -> None:
    url, client = reverse("palette", args=[cast.project.id]), signed_in(cast.bob)
    newest = client.get(url).content.decode()
    for found in (cast.assistant, cast.thread, cast.run):
        assert f"po-{found.id}" in newest
    assert f"po-{cast.thread.id}" in client.get(url, {"q": "secret"}).content.decode()
    by_id = client.get(url, {"q": cast.run.id}).content.decode()
    assert f"po-{cast.run.id}" in by_id
    assert f"po-{cast.thread.id}" not in by_id
    assert "Switch theme" in client.get(url, {"q": "theme"}).content.decode()


def test_members_see_the_project(cast: Cast) -> None:
    for user in (cast.alice, cast.bob):
        page = signed_in(user).get(reverse("playground", args=[cast.project.id]))
        assert page.status_code == 200
        assert "Secret" in page.content.decode()
        assert "script-src 'self' 'nonce-" in page["Content-Security-Policy"]


def test_the_url_says_which_panel_a_phone_shows(cast: Cast) -> None:
    url = reverse("playground", args=[cast.project.id])
    for asked, shown in (("?panel=logs", "logs"), ("?panel=x%00", "main"), ("", "main")):
        page = squeezed(signed_in(cast.alice).get(url + asked).content.decode())
        assert f'<div class="app" data-panel="{shown}"' in page
        assert page.count(f'data-panel-tab="{shown}" aria-current="page"') == 1


@pytest.mark.parametrize("name", ["sign_in", "use_sign_in_link"])
def test_who_is_signed_out_reads_how_to_print_a_link(db: None, name: str) -> None:
    arguments = ["no-such-token"] if name == "use_sign_in_link" else []
    page = Client().get(reverse(name, args=arguments)).content.decode()
    assert "<code>make link</code>" in page
    assert "<code>manage.py bootstrap</code>" in page


def test_forms_need_their_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    assert client.post(reverse("assistants", args=[cast.project.id])).status_code == 403


def test_a_password_signs_in(cast: Cast) -> None:
    cast.alice.set_password("correct horse battery")
    cast.alice.save()
    wrong = Client().post(reverse("sign_in"), {"username": "alice", "password": "wrong"})
    assert "Incorrect username or password" in wrong.content.decode()
    right = Client().post(
        reverse("sign_in"), {"username": "alice", "password": "correct horse battery"}
    )
    assert right.status_code == 302


@pytest.mark.parametrize("path", ["/threads", "/v1beta", "/api/v1/files", "/chat/completions"])
def test_a_browser_gets_its_page_and_a_client_json(cast: Cast, path: str) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = signed_in(cast.alice).get(path, headers=browser)
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")
    for headers in (
        {},
        {"accept": "application/json"},
        {**browser, "api-key": "k"},
        {**browser, "authorization": "Bearer k"},
    ):
        answer = Client().get(path, headers=headers)
        assert answer.status_code == 404
        assert "Invalid URL" in answer.json()["error"]["message"]
    other = Client().get("/nowhere", headers={"accept": "*/*"})
    assert other["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        *(("playground", query) for query in ("a=%00", "t=THREAD&a=x%00", "t=THREAD&m=%00")),
        *(("playground", f"t=THREAD&beside={value}") for value in ("%00", "%F0%9F%98%80")),
        ("assistant_choices", "a=%00"),
        ("assistant_column", "a=%00&after=%00"),
        ("assistant_column", f"pages={'9' * 30}"),
        ("thread_column", "after=%00&t=%00"),
        ("threads", "assistant=%00&sort=%00"),
        ("assistants", f"page={'9' * 30}&sort=-cost"),
        ("usage", "assistant=%00"),
    ],
)
def test_a_strange_query_is_no_server_error(cast: Cast, name: str, query: str) -> None:
    path = reverse(name, args=[cast.project.id])
    answer = signed_in(cast.bob).get(f"{path}?{query.replace('THREAD', cast.thread.id)}")
    assert answer.status_code == 200


def test_a_strange_id_is_unknown(cast: Cast) -> None:
    client, thread = signed_in(cast.bob), [cast.project.id, cast.thread.id]
    assert client.get(reverse("run_trace", args=[cast.project.id, "\0"])).status_code == 404
    for name, args in (("repeat", thread), ("rerun_message", [*thread, cast.message.id])):
        answer = client.post(reverse(name, args=args), {"assistant": "\0", "version": "\0"})
        assert answer.status_code == 422
