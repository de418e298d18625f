"""The page with code: the choice of assistant, thread or request, and of the language."""

import html
import re
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import reverse

from tests.cast import Cast
from tests.web.pages import signed_in


def code_of(cast: Cast, **query: str) -> str:
    url = f"{reverse('view_code', args=[cast.project.id])}?{urlencode(query)}"
    page = signed_in(cast.bob).get(url).content.decode()
    [figure] = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    return html.unescape(re.sub("<[^>]*>", "", figure))


@pytest.mark.parametrize(
    ("of", "language", "told"),
    [
        ("a", "python", "client.beta.assistants.create("),
        ("t", "python", "client.beta.threads.create_and_run_poll("),
        ("r", "python", "client.beta.threads.runs.create_and_poll("),
        ("a", "node", "client.beta.assistants.create({"),
        ("t", "node", "client.beta.threads.createAndRunPoll({"),
        ("r", "curl", "/runs' \\\n"),
    ],
)
def test_each_has_its_code(cast: Cast, of: str, language: str, told: str) -> None:
    ids = {"a": cast.assistant.id, "t": cast.thread.id, "r": cast.run.id}
    code = code_of(cast, **ids, of=of, lang=language)
    assert told in code
    assert settings.PUBLIC_URL in code
    assert cast.key not in code


def test_the_narrowest_is_shown_first(cast: Cast) -> None:
    assert "runs.create_and_poll" in code_of(cast, a=cast.assistant.id, r=cast.run.id)
    thread = code_of(cast, t=cast.thread.id)
    assert f'assistant_id="{cast.assistant.id}"' in thread
    assert '"content": "Secret"' in thread


@pytest.mark.parametrize(
    "query", ["", "a=asst_unknown", "of=r&a={a}", "a={a}&lang=cobol", "r=%00", "t=thread_unknown"]
)
def test_what_is_not_there_has_no_code(cast: Cast, query: str) -> None:
    url = f"{reverse('view_code', args=[cast.project.id])}?{query.format(a=cast.assistant.id)}"
    assert signed_in(cast.bob).get(url).status_code == 404


def test_a_members_other_projects_ids_are_not_there(cast: Cast) -> None:
    url = reverse("view_code", args=[cast.other_project.id])
    assert signed_in(cast.charlie).get(f"{url}?r={cast.run.id}").status_code == 404


def test_variables_are_extra_fields_for_the_python_sdk(cast: Cast) -> None:
    cast.run.variables = {"city": "Oslo", "warm": True}
    cast.run.save()
    cast.assistant.variables = [{"name": "city", "type": "text"}]
    cast.assistant.save()
    ids = {"a": cast.assistant.id, "t": cast.thread.id, "r": cast.run.id}
    for of in ("t", "r"):
        code = code_of(cast, **ids, of=of, lang="python")
        compile(code, of, "exec")
        values = code.split("extra_body=")[1]
        assert '"variables": {' in values
        assert '"warm": True,' in values
        assert '"variables": {' in code_of(cast, **ids, of=of, lang="curl")
    declared = code_of(cast, **ids, of="a", lang="python").split("extra_body=")[1]
    assert '"name": "city"' in declared
    # Values of another assistant's run are not this one's.
    other = code_of(cast, a="asst_other", t=cast.thread.id, of="t", lang="python")
    assert "extra_body" not in other
