"""Forms and queries that can't be read or stored, before a view sees them."""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

import assistants_app.web
from assistants_app.domain.errors import ApiError
from assistants_app.models import Thread
from playground.transport import REQUEST, SiteHandler
from tests.asgi import Client as ApiClient
from tests.cast import Cast
from tests.web.pages import HTMX, project_url, signed_in, thread_url

FORM = "application/x-www-form-urlencoded"
PAGE = "<h1>This request can&#x27;t be read</h1>"
PATHS = ("/sign-in/", "/nowhere/", "/p/proj_x/settings/")


def post(path: str, content_type: str, body: bytes = b"username=a&password=b", **more: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, content_type, headers=more)


def heading(text: str) -> str:
    return text.replace("can't", "can&#x27;t")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "charset", ["latin-1", "utf-7", "utf-16", "base64", "idna", "nothing", "x" * 1000]
)
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=b"])
def test_a_form_in_another_encoding_is_refused_with_the_reason(
    db: None, path: str, charset: str, kind: str
) -> None:
    answer = post(path, f"{kind}; charset={charset}")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f"The form was sent in the encoding “{charset[:40]}”. Send it again in UTF-8." in page
    assert "<main" in page


@pytest.mark.parametrize("charset", ["UTF8", "utf-8", "U8", "us-ascii", '"utf-8"'])
def test_other_names_of_utf_8_are_read(db: None, charset: str) -> None:
    answer = post("/sign-in/", f"{FORM}; charset={charset}", b"username=%C3%A9&password=b")
    assert answer.status_code == 200
    assert "Incorrect username or password." in answer.content.decode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        (FORM, b"a=1&" * 3000, "has more than 1,000 fields"),
        ("multipart/form-data", b"--b--", "no boundary between its parts"),
        ("multipart/form-data; boundary=", b"--b--", "no boundary between its parts"),
        ("multipart/form-data; boundary=\xff", b"--b--", "no boundary between its parts"),
        (f"multipart/form-data; boundary={'b' * 300}", b"--b--", "no boundary between its parts"),
    ],
)
def test_a_form_that_cannot_be_read_gets_a_page_with_the_reason(
    db: None, path: str, content_type: str, body: bytes, says: str
) -> None:
    answer = post(path, content_type, body)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert "<main" in answer.content.decode()


def test_an_address_with_too_many_fields_gets_a_page(db: None) -> None:
    answer = Client().get(f"/sign-in/?{'a=1&' * 3000}")
    assert answer.status_code == 400
    assert "has more than 1,000 fields" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "content_type"), [(b"q=\xff", b""), (b"", b"text/plain; charset*=utf-8''%00")]
)
def test_what_django_makes_no_request_of_gets_a_page(query: bytes, content_type: bytes) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/sign-in/",
        "query_string": query,
        "headers": [(b"content-type", content_type)],
    }
    request, answer = SiteHandler().create_request(scope, BytesIO())
    assert request is None
    assert answer.status_code == 400
    assert "<main" in answer.content.decode()


@pytest.mark.parametrize(
    "content_type",
    [
        *(f"{FORM}; charset=latin-1", f"{FORM}; charset=nothing", "multipart/form-data"),
        *("multipart/form-data; boundary=\xff", f"multipart/form-data; boundary={'b' * 300}"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/files", "/v1/threads", "/v1/nowhere"])
def test_the_api_refuses_in_its_own_form(cast: Cast, path: str, content_type: str) -> None:
    headers = {"authorization": f"Bearer {cast.key}"}
    answer = ApiClient().generic("POST", path, b"a=1", content_type, headers=headers)
    assert answer.status_code in (400, 404)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("by_script", [False, True])
async def test_a_body_that_is_not_read_gets_a_page_too(by_script: bool) -> None:
    refusal = ApiError("Sign in before you send a large request.", http_status=403)
    headers = [(b"host", b"testserver"), *([(b"hx-request", b"true")] if by_script else [])]
    scope = {"type": "http", "headers": headers, REQUEST: SimpleNamespace(refusal=refusal)}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await SiteHandler().handle(scope, None, send)
    [start, body] = sent
    page = body["body"].decode()
    kind = dict(start["headers"])[b"Content-Type"].decode()
    assert (start["status"], kind.split(";")[0]) == (
        403,
        f"text/{'plain' if by_script else 'html'}",
    )
    assert "Sign in before you send a large request." in page
    assert (PAGE in heading(page), "<link" in page) == (not by_script, not by_script)


def test_nul_in_a_form_is_an_error_at_its_field_and_nothing_is_saved(cast: Cast) -> None:
    url = thread_url(cast, "rename_thread")
    answer = signed_in(cast.bob).post(url, {"title": "a\0b"}, headers=HTMX)
    assert answer.status_code == 422
    assert unquote(answer["X-Refused-Field"]) == "title"
    assert answer["HX-Reswap"] == "none"
    assert answer["Content-Type"] == "text/plain"
    assert answer.content.decode().startswith("This has a character that can't be stored")
    assert not Thread.objects.filter(metadata__title__startswith="a").exists()


def test_without_scripts_the_page_shows_the_error_and_keeps_the_text(cast: Cast) -> None:
    form = {"role": "editor", "days": "7", "email": "dora\0@example.org"}
    answer = signed_in(cast.alice).post(project_url(cast, "create_invitation"), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    at_field = page.split('name="email"')[1]
    assert 'aria-invalid="true"' in at_field.split(">")[0]
    assert "dora" in at_field.split("</textarea>")[0]
    assert "can&#x27;t be stored" in at_field.split('class="error"')[1].split("</p>")[0]
    assert '<input type="hidden" name="days" value="7">' in page


def test_nul_in_a_password_shows_no_password(db: None) -> None:
    form = {"username": "ann", "password": "hunter2\0"}
    answer = Client().post(reverse("sign_in"), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Password: This has a character that can&#x27;t be stored" in page
    assert "hunter2" not in page


def test_other_control_characters_stay_in_texts(cast: Cast) -> None:
    form = {"text": "\x1b[31mred\x0c"}
    url = project_url(cast, "comment_on_message", cast.thread.id, cast.message.id)
    answer = signed_in(cast.bob).post(url, form)
    assert answer.status_code < 400


def test_a_query_loses_what_no_row_can_have(cast: Cast) -> None:
    client = signed_in(cast.alice)
    url = project_url(cast, "activity")
    page = client.get(f"{url}?target=a%00b").content.decode()
    assert 'value="ab"' in page


@pytest.mark.parametrize("header", ["HX-Current-URL", "Referer"])
def test_so_does_the_query_of_the_page_that_sent_a_form(cast: Cast, header: str) -> None:
    page = f"https://testserver{project_url(cast, 'threads')}?assistant=a%00b&q=%00"
    url = project_url(cast, "rename_listed_thread", cast.thread.id)
    too_long = signed_in(cast.bob).post(url, {"title": "x" * 513}, headers={header: page})
    assert too_long.status_code == 422


def test_no_view_looks_for_nul_itself() -> None:
    folder = Path(assistants_app.web.__file__).parent
    looking = [path.name for path in folder.rglob("*.py") if "\\0" in path.read_text("utf-8")]
    assert looking == ["received.py"]
