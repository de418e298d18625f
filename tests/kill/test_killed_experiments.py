"""Each cell of an experiment runs exactly once, whatever process is killed in the middle.

`KILLED_ROWS=200` makes it ten times as large, with ten times as many kills.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite, wait_until

ROWS = int(os.environ.get("KILLED_ROWS", "20"))
VARIANTS, REPEATS, AT_ONCE = 3, 2, 32
CELLS = ROWS * VARIANTS * REPEATS
KILLS = max(ROWS // 10, 2)
WORKERS = 2
# With a dollar for a million tokens: a reply takes 15, and about 250 are reserved for it. What runs
# when its worker is killed may have used all of that.
CAP = Decimal(CELLS * 15 + (KILLS + 2) * AT_ONCE * 260) / 1_000_000
SECONDS = 60.0 + 1.5 * CELLS
pytestmark = pytest.mark.timeout(4 * SECONDS)

CREATE = f"""
from decimal import Decimal
from assistants_app.models import Assistant, ModelPrice, Project
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.rows import add_test_row
from assistants_app.services.test_sets.sets import create_test_set
project = Project.objects.get()
ModelPrice.objects.create(project=project, model="scripted-1", prompt=1, cached=1, completion=1)
test_set = create_test_set(project=project, name="Questions", author=None)
for number in range({ROWS}):
    row = {{
        "turns": [{{"role": "user", "content": f"Question {{number}}?"}}],
        "checks": [{{"kind": "contains_all", "values": ["Hello"]}}],
    }}
    add_test_row(project=project, set_id=test_set.pk, content=row, author=None)
source = Source(model="scripted-1")
made = create_experiment(
    project=project,
    user=None,
    set_id=test_set.pk,
    variants=[
        VariantChoice(source, {{"max_completion_tokens": 20, "temperature": each / 10}})
        for each in range({VARIANTS})
    ],
    terms=Terms(repeats={REPEATS}, at_once={AT_ONCE}, cap=Decimal("{CAP}"), seed=1),
)
start_experiment(project=project, experiment_id=made.pk)
"""
# Also while cells are at work, which go on to their end.
PAUSE = """
import time
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.services.experiments import lifecycle
experiment = Experiment.objects.get()
names = {"project": experiment.project, "experiment_id": experiment.pk}
lifecycle.pause_experiment(**names)
at_work = ExperimentCell.objects.filter(state__in=("running", "grading"))
until = time.monotonic() + 60
while at_work.exists():
    assert time.monotonic() < until
    time.sleep(0.1)
waiting = ExperimentCell.objects.filter(state="waiting").count()
time.sleep(1.5)
assert ExperimentCell.objects.filter(state="waiting").count() == waiting
lifecycle.resume_experiment(**names)
"""
LEFT = "SELECT count(*) FROM experiment_cell WHERE state NOT IN ('done', 'error')"
USED = "SELECT cap, spent + reserved + lost FROM experiment"
TOTALS = """
SELECT experiment.state AS state, spent, reserved, lost, cap,
    (SELECT sum(cost) FROM run WHERE origin = 'experiment') AS of_runs,
    (SELECT sum(cost) FROM experiment_cell) AS of_cells,
    (SELECT count(*) FROM run WHERE origin = 'experiment' AND status = 'completed') AS completed,
    (SELECT count(*) FROM experiment_cell WHERE state = 'done' AND passed) AS passed,
    (SELECT count(*) FROM experiment_cell) AS cells,
    (SELECT count(*) FROM thread WHERE origin = 'experiment') AS threads,
    (SELECT count(*) + sum(json_array_length(earlier)) FROM experiment_cell) AS begun,
    (SELECT count(*) FROM experiment_reservation) AS reservations
FROM experiment
"""


@pytest.fixture
def mortal_site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    """A site whose processes may be killed."""
    environment = {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "k"}
    site = LiveSite("mortal_experiments", environment)
    try:
        yield site.start(workers=WORKERS)
    finally:
        site.stop()


def ask(site: LiveSite, statement: str) -> dict[str, Any]:
    """Return the only row of the statement, by the names of its columns."""
    with psycopg.connect(site.database_url) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        found = cursor.execute(statement).fetchone()
        assert found is not None
        return dict(found)


def left(site: LiveSite) -> int:
    """Return how many cells haven't ended, and see that the cap holds."""
    used = ask(site, USED)
    assert used["?column?"] <= used["cap"]
    return int(ask(site, LEFT)["count"])


def kill(site: LiveSite, chance: random.Random) -> None:
    """Kill a worker or the web process, and start another one."""
    if site.web is not None and chance.random() < 0.2:
        site.web.send_signal(signal.SIGKILL)
        site.web.wait()
        site.start_web()
        return
    worker = site.workers.pop(chance.randrange(len(site.workers)))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    site.start_worker()


def test_each_cell_runs_once_whoever_is_killed(
    mortal_site: LiveSite, the_provider: ScriptedProvider
) -> None:
    the_provider.reset()
    before, the_provider.default = the_provider.default, Reply(text="Hello there", delay=0.3)
    try:
        mortal_site._manage("shell", "-v", "0", "-c", CREATE)
        chance = random.Random(ROWS)
        for number in range(1, KILLS + 1):
            most = CELLS - CELLS * number // (KILLS + 2)
            wait_until(lambda most=most: left(mortal_site) <= most, seconds=SECONDS)  # type: ignore[misc]
            time.sleep(chance.random() / 2)
            kill(mortal_site, chance)
        mortal_site._manage("shell", "-v", "0", "-c", PAUSE)
        wait_until(lambda: left(mortal_site) == 0, seconds=SECONDS)
        wait_until(lambda: ask(mortal_site, TOTALS)["state"] == "done")
    finally:
        the_provider.default = before
    totals = ask(mortal_site, TOTALS)
    assert totals["passed"] == totals["cells"] == CELLS
    # No reply was asked for twice but those that were lost with their worker.
    assert totals["completed"] == CELLS
    assert totals["threads"] == totals["begun"]
    assert (totals["reserved"], totals["reservations"]) == (0, 0)
    assert totals["spent"] == totals["of_runs"] == totals["of_cells"]
    assert totals["spent"] + totals["lost"] <= totals["cap"]
