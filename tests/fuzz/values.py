"""Values that no good client sends, and some that make the others look good."""

import json
from typing import Any
from urllib.parse import quote

from django.conf import settings
from hypothesis import strategies as st

LONG = 3000
TEXTS = [
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "\udcff",
        "\r\nX: y",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "e\u0301",
    ),
    *(
        "0",
        "-1",
        "1.5",
        "²",
        "١",
        "1_000",
        "+1",
        " 1",
        "1e999",
        "NaN",
        "-Infinity",
        "1" + "0" * LONG,
    ),
    *("2147483648", "9223372036854775808", "-9223372036854775809", "0x10", "true", "null", "None"),
    *("[]", "{}", '"', "[" * LONG, '{"a":' * LONG, '[{"type":null}]', '{"a":NaN}', '["\\ud800"]'),
    *('{"type":"object","properties":[]}', '{"type":{}}', '{"$ref":"#"}', '{"properties":{"a":1}}'),
    *("http://[::1", "http://[::1]:99999/v1", "http://127.0.0.1:1/v1", "http://127.0.0.1:x", "//["),
    *(
        "http://\0",
        "http://a b",
        "http://:@:",
        "https://",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ),
    *(
        "../../etc/passwd",
        "/",
        "..",
        "%",
        "%s",
        "%(a)s",
        "%zz",
        "{0}",
        "{{ a }}",
        "${a}",
        "\\",
        "\\u",
    ),
    *("-" * LONG, "!" * LONG + "x", '"' * LONG, "(" * LONG, "*" * LONG, "a" * 70_000, "é" * LONG),
    *(
        "2026-02-30",
        "0000-00-00",
        "0001-01-01",
        "9999-12-31",
        "2026-13",
        "2026-01-01T00:00:00+99:99",
    ),
    *(
        "Europe/Nowhere",
        "../UTC",
        "/etc/localtime",
        "UTC\0",
        "-created_at",
        "pk__gt",
        "1-0-0",
        "1-",
    ),
    *("18446744073709551616-0", "1-18446744073709551616", "thread_", "file-", "asst_" + "a" * 300),
    *(
        "' OR 1=1--",
        "<script>",
        "&#0;",
        "\u2028",
        "\U0010ffff",
        "#",
        "?",
        ";",
        "=",
        "&",
        ",",
        "a,b",
    ),
]
BYTES = [
    *(b"", b" ", b"\xff\xfe", b"\0", b"{", b'{"a":1}x', b"null", b"1", b'"a"', b"[]", b"NaN"),
    *(b"[" * 50_000, b'{"a":' * 50_000, b'{"\xff":1}', b'{"a":"\xed\xa0\x80"}', b"--b", b"--b--"),
    b"--b\r\n\r\n\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 10_000,
    b'--b\r\nContent-Disposition: form-data; name="\xff\0"; filename="/"\r\n\r\n\r\n--b--\r\n',
    b"--b\r\nContent-Disposition: form-data; name*=x''%ff\r\nContent-Type: \xff\r\n\r\n--b--\r\n",
    b"a=" + b"%" * 5000,
    b"&" * 5000,
    b"1" * 5000,
]
CONTENT_TYPES = [
    *("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"),
    *(
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xff",
    ),
    *("application/x-www-form-urlencoded; charset=nothing", "text/plain; charset=utf-7"),
    *("multipart/mixed; boundary=b", "/", ";", "a" * 1000),
    "multipart/form-data; boundary=b; charset=nothing",
]
# Encodings that Django can't look up. It reads the first form of a parameter as percent-encoded.
CHARSETS = ["charset*=utf-8''%00", "charset*=nothing''%ff", "charset*=''%ff", "charset=\xff"]
# Read by the framework, the site or the API.
HEADERS = (
    *("cookie", "accept", "accept-language", "accept-encoding", "referer", "origin", "range"),
    *("if-modified-since", "if-none-match", "hx-request", "hx-current-url", "hx-target", "x-draft"),
    *("x-forwarded-proto", "x-forwarded-for", "host", "user-agent", "last-event-id"),
    *("idempotency-key", "x-stainless-retry-count", "openai-beta", "x-csrftoken"),
)
COOKIES = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", "django_language")
HEADER_VALUES = [
    *(
        "",
        "\xff",
        "a" * 1000,
        "1",
        "-1",
        "²",
        "true",
        "bytes=0-",
        "bytes=-1",
        "bytes=9-1",
        "bytes=\xb2-",
    ),
    *(
        "en;q=1e999",
        "en-" * 300,
        "xx;q=a",
        "*",
        "http://[::1",
        "http://[::1/?a=%ff",
        "//",
        "%00",
        "null",
    ),
    *("http://127.0.0.1:8000/p/x/?after=%00", "Thu, 99 Jan 9999 99:99:99 GMT", 'W/"\xff"', "a:b:c"),
    *(
        "a b c",
        "asst_1 1 ²",
        "18446744073709551616-0",
        "assistants=v2",
        "assistants=v1",
        "gzip;q=x",
    ),
    *(
        *(f'{name}="aaaaaaaa\\000"' for name in COOKIES),
        "csrftoken=\xff",
        "sessionid=a; a=b",
        "a=\xff; =; ;;",
        "127.0.0.1:99999",
        "localhost:x",
        "[::1",
    ),
]


def mostly(good: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generate good values three times of four: a request with one odd value gets further."""
    return st.integers(0, 3).flatmap(lambda number: good if number else odd)


texts = st.sampled_from(TEXTS) | st.text(max_size=12)
numbers = (
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.1, 1e308, -0.0]) | st.floats()
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
headers: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    st.sampled_from(HEADERS), st.sampled_from(HEADER_VALUES), max_size=2
) | st.just({})


def as_json(value: object) -> bytes:
    """Return JSON as only a bad client writes it, with NaN and halves of characters."""
    escaped = json.dumps(value)
    return escaped.encode()


def percent(text: str) -> str:
    """Return the text percent-encoded, whatever is in it."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def query_of(pairs: dict[str, str]) -> str:
    """Return the pairs as a query or a form."""
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in pairs.items())


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """Generate copies of a JSON value in which something is replaced, missing or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        change = draw(st.integers(0, 9))
        if change == 0:
            return {key: item for key, item in value.items() if key != name}
        if change == 1:
            return {**value, draw(texts): draw(json_values)}
        return {**value, name: draw(mutated(value[name]))}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        position = draw(st.integers(0, len(value) - 1))
        change = draw(st.integers(0, 9))
        if change == 0:
            return value * 200
        return [*value[:position], draw(mutated(value[position])), *value[position + 1 :]]
    return draw(json_values)
