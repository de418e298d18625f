"""Images and files of replies: each is shown once, and images in their place."""

import json
import re

import pytest

from assistants_app.events import publish
from assistants_app.events.log import Event, NewEvent
from assistants_app.models import Message, RunStep
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.rendering.threads.items import render_items
from assistants_app.rendering.threads.live import LiveThread
from assistants_app.rendering.threads.messages import message_context, render_message
from assistants_app.wire.runs.steps import (
    code_call,
    code_result,
    image_output,
    logs_output,
    made_file,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import (
    attachment,
    file_path,
    image_part,
    message_delta,
    message_object,
    text_part,
)
from tests.cast import Cast, make_run

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def linking(text: str, *links: tuple[str, str]) -> dict[str, object]:
    """Return a text part with annotations for these links, each with its file's ID."""
    part = text_part(text)
    for link, file_id in links:
        for found in re.finditer(re.escape(link), text):
            annotation = file_path(link, found.start(), found.end(), file_id)
            part["text"]["annotations"].append(annotation)
    return part


def row(cast: Cast, *content: object, made: dict[str, str] | None = None) -> str:
    """Return the HTML of a reply. `made`: names by IDs of the files that its run made."""
    names = made or {}
    message = Message(
        thread=cast.thread,
        role="assistant",
        content=list(content),
        attachments=[attachment(file_id, "code_interpreter") for file_id in names],
    )
    return render_message(message_object(message), names, cast.project.id)


def shown(html: str, file_id: str) -> tuple[int, int, int]:
    """Return how often a file is an image, a link within the text, and a chip."""
    url = re.escape(f"/files/{file_id}/content/")
    return (
        len(re.findall(rf'<img src="[^"]*{url}"', html)),
        len(re.findall(rf'<a href="[^"]*{url}" class="download"', html)),
        len(re.findall(rf'<a class="btn ghost icon"\s+href="[^"]*{url}"', html)),
    )


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("![chart](sandbox:/mnt/data/chart.png)", "sandbox:/mnt/data/chart.png"),
        ('![chart](sandbox:/mnt/data/chart.png "Sales")', "sandbox:/mnt/data/chart.png"),
        ("![](sandbox:/mnt/data/my chart.png)", "sandbox:/mnt/data/my chart.png"),
        ("![图表](<sandbox:/mnt/data/图 表.webp>)", "sandbox:/mnt/data/图 表.webp"),
        ("![c](sandbox:/mnt/data/my%20chart.JPG)", "sandbox:/mnt/data/my%20chart.JPG"),
        ("![c][1] and so on\n\n[1]: sandbox:/mnt/data/chart.gif", "sandbox:/mnt/data/chart.gif"),
        ("- one\n- ![c](sandbox:/mnt/data/c.jpeg)", "sandbox:/mnt/data/c.jpeg"),
        ("|a|\n|-|\n|![c](sandbox:/mnt/data/c.png)|", "sandbox:/mnt/data/c.png"),
    ],
)
def test_an_image_of_code_is_shown_where_the_reply_has_it_and_only_there(
    cast: Cast, text: str, link: str
) -> None:
    name = link.rpartition("/")[2]
    html = row(cast, linking(text, (link, "file-1")), made={"file-1": name})
    assert shown(html, "file-1") == (1, 0, 0)
    assert "sandbox:" not in html
    assert f'hx-get="/p/{cast.project.id}/files/file-1/preview/"' in html


def test_a_description_with_markup_is_text(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    html = row(cast, linking(f'![a"><script>x</script>]({link})', (link, "file-1")))
    assert "<script" not in html
    assert 'alt="a&quot;&gt;&lt;script&gt;x&lt;/script&gt;"' in html


def test_an_image_within_a_link_has_no_button_within_it(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    html = row(cast, linking(f"[![c]({link})]({link})", (link, "file-1")))
    assert shown(html, "file-1") == (1, 1, 0)
    assert 'class="zoom"' not in html


def test_what_no_browser_shows_as_an_image_is_a_link(cast: Cast) -> None:
    for name in ("a.csv", "a.svg", "a.pdf"):
        link = f"sandbox:/mnt/data/{name}"
        html = row(cast, linking(f"![it]({link})", (link, "file-1")))
        assert shown(html, "file-1") == (0, 1, 0)
        assert f'download="{name}">it</a>' in html


def test_images_of_other_hosts_stay_links(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    html = row(cast, linking(f"![x](https://e.org/x.png) ![c]({link})", (link, "file-1")))
    assert html.count("<img") == 1
    assert 'href="https://e.org/x.png"' in html


def test_code_that_mentions_a_file_stays_code(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    html = row(cast, linking(f"Write `{link}`.", (link, "file-1")))
    assert "<img" not in html
    assert f"<code>{link}</code>" in html


def test_a_figure_that_the_text_shows_is_no_part_of_its_own(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    html = row(cast, image_part("file-1"), linking(f"![c]({link})", (link, "file-1")))
    assert shown(html, "file-1") == (1, 0, 0)


def test_an_image_that_is_only_attached_is_shown_below_the_text(cast: Cast) -> None:
    made = {"file-1": "chart.png", "file-2": "a.csv"}
    html = row(cast, text_part("Done."), made=made)
    assert shown(html, "file-1") == (1, 0, 0)
    assert shown(html, "file-2") == (0, 0, 1)


def test_beside_figures_an_attached_image_is_a_file(cast: Cast) -> None:
    html = row(cast, image_part("file-9"), text_part("Done."), made={"file-1": "chart.png"})
    assert shown(html, "file-9") == (1, 0, 0)
    assert shown(html, "file-1") == (0, 0, 1)


def test_a_page_that_loads_nothing_contains_its_images(cast: Cast) -> None:
    link = "sandbox:/mnt/data/c.png"
    part = linking(f"![Sales]({link})", (link, "file-1"))
    message = Message(thread=cast.thread, role="assistant", content=[part])
    for pixel in (PIXEL, ""):

        def data_url(file_id: str, pixel: str = pixel) -> str:
            return pixel

        context = message_context(message_object(message), {}, cast.project.id, data_url=data_url)
        html = context["blocks"][0].html
        assert "hx-get" not in html
        assert (f'<img src="{PIXEL}" alt="Sales"' in html) is bool(pixel)
        assert ("/files/file-1/content/" in html) is not bool(pixel)


def drawing(cast: Cast) -> tuple[RunStep, Message]:
    """A run whose code drew a figure, and the message that shows it."""
    run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    call = code_call("c", "plot()", [logs_output("done\n"), image_output("file-1")])
    result = code_result("ok", seconds=0.18, files=[made_file("a.csv", 3, "file-2")])
    step = RunStep.objects.create(
        run=run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([{**call, "result": result}]),
    )
    message = Message.objects.create(
        thread=cast.thread,
        role="assistant",
        run_id=run.id,
        content=[image_part("file-1"), text_part("There.")],
        attachments=[attachment("file-2", "code_interpreter")],
    )
    return step, message


def test_the_card_leaves_its_image_to_the_message(cast: Cast) -> None:
    step, message = drawing(cast)
    html = render_items(thread_snapshot(cast.thread.id).part, {})
    assert shown(html, "file-1") == (1, 0, 0)
    assert html.index(f'id="{message.id}"') < html.index("/files/file-1/content/")
    message.delete()
    html = render_items(thread_snapshot(cast.thread.id).part, {})
    assert shown(html, "file-1") == (1, 0, 0)
    assert html.index(f'id="{step.id}"') < html.index("/files/file-1/content/")


def test_a_page_that_is_open_moves_the_image_to_the_message_when_it_begins(cast: Cast) -> None:
    _step, message = drawing(cast)
    live = LiveThread(cast.project.id)

    def removed(event: NewEvent) -> list[str]:
        live.apply(Event("1-0", event.name, event.run_id, event.data))
        operations = live.take_changes().operations
        return [item["id"] for item in operations if item["op"] == "remove"]

    begun = Message(id=message.id, thread=cast.thread, role="assistant", run_id=message.run_id)
    begun.status, begun.content = "in_progress", []
    for event in publish.message_created(begun):
        assert removed(event) == []
    delta = json.dumps(message_delta(message.id, [{"index": 0, **image_part("file-1")}]))
    assert removed(NewEvent("thread.message.delta", message.run_id, delta)) == ["picture-file-1"]
    assert removed(publish.message_ended(message)) == ["picture-file-1"]


def test_a_card_that_is_done_is_folded_except_for_its_output(cast: Cast) -> None:
    drawing(cast)
    html = " ".join(render_items(thread_snapshot(cast.thread.id).part, {}).split())
    card = html[html.index('class="tool"') :]
    fold, rest = card.split("</details>", 1)
    assert "Ran Python · 0.18 s · 1 file<" in fold
    assert re.search(r"<details id=\"fold-[^\"]+\" data-fold>", fold)
    assert "a.csv" in fold
    assert (
        ">done\n<"
        in render_items(thread_snapshot(cast.thread.id).part, {}).split("</details>", 1)[1]
    )
    assert 'class="out"' not in fold
    assert 'class="out"' in rest
