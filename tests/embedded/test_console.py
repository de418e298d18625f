"""The console shows a part's lines under its name, except those that say nothing new."""

import io

from playground.embedded.console import Console
from playground.settings import LOGGING


def test_lines_that_say_nothing_new_are_left_out() -> None:
    stream = io.StringIO()
    console = Console(stream)
    log = console.sink("interpreter", but="Listening at ")
    log("Listening at unix:/run/interpreter")
    log("WARNING: no cgroups")
    console.sink("web")("Listening at nothing")
    assert stream.getvalue() == (
        "interpreter | WARNING: no cgroups\nweb      | Listening at nothing\n"
    )


def test_celery_logs_no_line_for_each_task_at_the_usual_level() -> None:
    # Otherwise lines about the search index would follow the banner, and two lines each run.
    assert LOGGING["loggers"]["celery"]["level"] == "WARNING"  # type: ignore[index]
