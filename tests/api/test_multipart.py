"""Multipart forms as clients send them, and broken ones."""

from typing import Any
from urllib.parse import unquote

import pytest

from assistants_app.api import multipart
from assistants_app.models import File
from tests.asgi import Client
from tests.cast import Cast, api_client

FORM = "multipart/form-data; boundary=b"
PURPOSE = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ndata\r\n'
END = b"--b--\r\n"
BASE64 = b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"


@pytest.fixture
def client(cast: Cast) -> Client:
    return api_client(cast.key)


def post(client: Client, body: bytes, kind: str = FORM) -> Any:
    return client.generic("POST", "/v1/files", body, kind)


def named(header: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="file"; {header}\r\n\r\nx\r\n'.encode()


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="naïve 文件 🎉.pdf"', "naïve 文件 🎉.pdf"),
        ("filename*=UTF-8''%e6%96%87.txt", "文.txt"),
        ('filename="say \\"hi\\".txt"', 'say "hi".txt'),
        ('filename="say %22hi%22.txt"', 'say "hi".txt'),
        ('filename="two%0D%0Alines; 100%25.txt"', "two lines; 100%25.txt"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\a\\b.txt"', "b.txt"),
        ('filename="..%2f..%2fx.txt"', "..%2f..%2fx.txt"),
        ("filename*=UTF-8''..%2f..%2fx.txt", "x.txt"),
        ('filename="x.txt."', "x.txt"),
        ('filename=".."', "upload"),
        ('filename="bell\x07.txt"', "bell.txt"),
        (f'filename="{"n" * 800}.md"', "n" * 800 + ".md"),
        ('filename="&lt;b&gt;.html"', "&lt;b&gt;.html"),
    ],
)
def test_a_file_keeps_the_last_component_of_its_name(
    client: Client, header: str, name: str
) -> None:
    answer = post(client, PURPOSE + named(header) + END)
    assert answer.status_code == 200, answer.content
    assert answer.json()["filename"] == name
    content = client.get(f"/v1/files/{answer.json()['id']}/content")
    assert content.content == b"x"
    disposition = content["Content-Disposition"]
    assert "\r" not in disposition
    assert "\n" not in disposition
    assert disposition.startswith("attachment; filename")
    if "filename*" in disposition:
        assert unquote(disposition.partition("''")[2]) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'filename="Pr\xfcfung.txt"', "Prüfung.txt"),
        ('filename="Prüfung.txt"'.encode(), "Prüfung.txt"),
        ('filename="Kündigung résumé.csv"'.encode("cp1252"), "Kündigung résumé.csv"),
        ('filename="Договор аренды.pdf"'.encode("cp1251"), "Договор аренды.pdf"),
        ('filename="請求書.pdf"'.encode("cp932"), "請求書.pdf"),
        ('filename="产品名称.csv"'.encode("gb18030"), "产品名称.csv"),
        ("filename=Prüfung.txt".encode("cp1252"), "Prüfung.txt"),
        (b"filename*=ISO-8859-1''Pr%FCfung.txt", "Prüfung.txt"),
        (b"filename=\"Pr_fung.txt\"; filename*=UTF-8''Pr%C3%BCfung.txt", "Prüfung.txt"),
        (b'filename="=?UTF-8?Q?Pr=C3=BCfung.txt?="', "Prüfung.txt"),
        (b'filename="=?utf-8?B?UHLDvGZ1bmcudHh0?="', "Prüfung.txt"),
        (b'filename="=?iso-8859-1?Q?Pr=FCfung?= =?iso-8859-1?Q?_2.txt?="', "Prüfung 2.txt"),
        (b'filename="=?draft?=.txt"', "=?draft?=.txt"),
    ],
)
def test_file_names_are_decoded(client: Client, header: bytes, name: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; ' + header + b"\r\n\r\nx\r\n"
    answer = post(client, PURPOSE + part + END)
    assert answer.status_code == 200, answer.content
    assert answer.json()["filename"] == name


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"filename*=klingon''nuqneH.txt", "Content-Disposition header of a part can't be read"),
        (b'filename="=?klingon?Q?nuqneH?="', "encoded in a way that can't be read"),
        (b'filename="=?utf-8?B?%%%?="', "encoded in a way that can't be read"),
    ],
)
def test_file_names_in_unknown_encodings_are_refused(
    client: Client, header: bytes, says: str
) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; ' + header + b"\r\n\r\nx\r\n"
    answer = post(client, PURPOSE + part + END)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("header", "name", "kind"),
    [
        ("", "a.pdf", "application/pdf"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        ("image/png", "a.pdf", "image/png"),
        ("text/html\x7f; x", "a.unknownkind", "application/octet-stream"),
    ],
)
def test_the_content_type_is_the_senders_or_that_of_the_name(
    client: Client, header: str, name: str, kind: str
) -> None:
    part = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    part += f"Content-Type: {header}\r\n\r\nx\r\n" if header else "\r\nx\r\n"
    file = post(client, PURPOSE + part.encode() + END).json()
    content = client.get(f"/v1/files/{file['id']}/content")
    assert content["Content-Type"] == kind
    assert content["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"{}", "application/json", "Invalid Content-Type header (application/json), expected"),
        (b"x", "", "expected multipart/form-data"),
        (FILE + PURPOSE + END, "multipart/form-data", "no valid boundary"),
        (FILE + PURPOSE + END, "multipart/form-data; boundary=b\u00e9", "multipart"),
        (b"", FORM, "Invalid Content-Type header ()"),
        (b"garbage", FORM, "closing boundary"),
        (PURPOSE + FILE, FORM, "closing boundary"),
        (PURPOSE + FILE[:-3], FORM, "closing boundary"),
        (END, FORM, "'file' is a required property"),
        (PURPOSE + END, FORM, "'file' is a required property"),
        (FILE + END, FORM, "'purpose' is a required property"),
        (FILE + PURPOSE.replace(b"assistants", b"answers") + END, FORM, "'answers' is not one of"),
        (FILE + PURPOSE.replace(b"assistants", b"assistants_output") + END, FORM, "not one of"),
        (FILE + FILE + PURPOSE + END, FORM, "Expected one file"),
        (FILE.replace(b'"file"', b'"data"') + PURPOSE + END, FORM, "Expected one file"),
        (FILE.replace(b'; filename="a.txt"', b"") + PURPOSE + END, FORM, "Expected one file"),
        (FILE.replace(b"\ndata", b"\n") + PURPOSE + END, FORM, "File is empty"),
        (PURPOSE.replace(b"purpose", b"colour") + PURPOSE + FILE + END, FORM, "'colour'"),
        (PURPOSE.replace(b"assistants", b"x" * 70_000) + FILE + END, FORM, "too large"),
        (PURPOSE + FILE.replace(b"a.txt", b"n" * 2000) + END, FORM, "header size"),
        (
            PURPOSE
            + FILE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            + END,
            FORM,
            "'base64' is not supported",
        ),
        (
            PURPOSE.replace(b"purpose", b"expires_after[seconds]").replace(b"assistants", b"60")
            + PURPOSE
            + FILE
            + END,
            FORM,
            "expires_after",
        ),
    ],
)
def test_a_broken_form_is_refused_with_a_reason(
    client: Client, body: bytes, kind: str, says: str
) -> None:
    before = File.objects.count()
    answer = post(client, body, kind)
    assert answer.status_code == 400, answer.content
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert says in error["message"]
    assert File.objects.count() == before


def test_a_file_may_be_anywhere_in_the_form_and_contain_bytes_like_a_boundary(
    client: Client,
) -> None:
    data = b"\r\n-b\r\n--c--\r\n\r\n--" + bytes(range(256)) * 2000
    for body in (
        PURPOSE + FILE.replace(b"\ndata", b"\n" + data) + END,
        b"preamble\r\n" + FILE.replace(b"\ndata", b"\n" + data) + PURPOSE + END + b"epilogue",
    ):
        file = post(client, body).json()
        content = client.get(f"/v1/files/{file['id']}/content")
        assert content.content == data


def test_a_file_above_the_limit_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants_app.api.assistants.files.limits.FILE_BYTES", 3)
    answer = post(client, PURPOSE + FILE + END)
    assert answer.status_code == 413
    assert "too large" in answer.json()["error"]["message"]


def test_too_many_fields_are_refused(client: Client) -> None:
    many = b"".join(PURPOSE.replace(b"purpose", b"f%d" % n) for n in range(multipart.FIELDS + 1))
    assert post(client, many + FILE + END).status_code == 400
