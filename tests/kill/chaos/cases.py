"""The faults, and what happens to a crowd of clients meanwhile."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field

from openai import OpenAI

from tests.conftest import MODEL
from tests.kill.chaos.checks import Count, count, leftovers, wait_for_ends
from tests.kill.chaos.crowd import Crowd, Member
from tests.kill.chaos.site import ChaosSite, now
from tests.live import API_KEY, wait_until

RUNS = 30
FILES = 12
BEFORE_SECONDS = 1.2  # while half of the clients have come
ENDED_SECONDS = 60.0
PROBE_SECONDS = 30.0
SILENCE_SECONDS = 0.5  # far more than a word takes
SUPERVISOR_SECONDS = 0.3  # until a killed part is started again


@dataclass(frozen=True)
class Case:
    """A fault of a part: ``kill``, ``freeze``, ``cut off`` or ``full disk``.

    A fault lasts for `seconds`. Others do the work of a part that `has_twin`, so it's over at once.
    """

    part: str
    fault: str
    seconds: float = 3.0
    has_twin: bool = False
    may_fail: bool = False

    def __str__(self) -> str:
        return f"{self.part} {self.fault}"


CASES = [
    Case("web", "kill", has_twin=True),
    Case("web", "freeze", has_twin=True),
    Case("web", "cut off"),
    Case("worker", "kill", has_twin=True),
    Case("worker", "freeze", seconds=5.0, has_twin=True),
    Case("worker", "cut off", seconds=5.0, has_twin=True),
    Case("postgres", "kill"),
    Case("postgres", "freeze"),
    Case("postgres", "cut off"),
    Case("valkey", "kill"),
    Case("valkey", "freeze"),
    Case("valkey", "cut off"),
    Case("provider", "kill", may_fail=True),
    Case("provider", "freeze"),
    Case("provider", "cut off", may_fail=True),
    Case("indexer", "kill"),
    Case("indexer", "freeze"),
    Case("indexer", "cut off"),
    Case("all data", "full disk", seconds=8.0),
]
# What continuous integration has time for.
SHORT = ("worker kill", "postgres kill", "postgres cut off", "valkey kill", "all data full disk")


@dataclass
class Outcome:
    """What a fault did. `recovered` are the seconds from its end until everything went on."""

    case: Case
    counted: Count
    refused: list[str]
    recovered: float
    longest: float  # seconds in which a client heard nothing
    left: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """Return what must not happen."""
        counted = self.counted
        return [*counted.lost, *counted.doubled, *counted.torn, *self.left]


def inject(site: ChaosSite, case: Case) -> None:
    """Inject the fault, and return when it is over."""
    match case.fault:
        case "kill":
            site.kill(case.part)
            time.sleep(SUPERVISOR_SECONDS)
            site.restart(case.part)
        case "freeze":
            frozen = site.processes_of(case.part)
            _signal(frozen, signal.SIGSTOP)
            time.sleep(case.seconds)
            _signal(frozen, signal.SIGCONT)
        case "cut off":
            proxies = site.cut(case.part)
            time.sleep(case.seconds)
            for proxy in proxies:
                proxy.restore()
        case "full disk":
            filler = site.fill()
            time.sleep(case.seconds)
            filler.unlink()
            site.revive()


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        os.kill(process, number)


def carry_out(site: ChaosSite, case: Case) -> Outcome:
    """Let a crowd come, inject the fault, and look at what has become of the runs."""
    site.wait_until_ready()
    client = OpenAI(base_url=site.base_url, api_key=API_KEY)
    assistant = client.beta.assistants.create(model=MODEL).id
    store = _files_to_index(client) if case.part in ("indexer", "all data") else ""
    with site.connect() as connection:
        [begun] = connection.execute("SELECT now()").fetchone() or [None]
    loses_answers = case.part == "web" and case.fault == "cut off"
    crowd = Crowd(site.base_url, assistant, RUNS, keyed=loses_answers)
    crowd.start()
    time.sleep(BEFORE_SECONDS)
    ended, probed = _until_a_run_begins(site, case, assistant)
    crowd.wait()
    wait_for_ends(site, begun, ENDED_SECONDS)
    if store:
        _wait_for_index(client, store)
    client.close()
    went_on = [_end_of_silence(member, ended) for member in crowd.members]
    return Outcome(
        case,
        count(site, begun, crowd.members, may_fail=case.may_fail),
        [member.refused for member in crowd.members if member.refused],
        max(probed, *went_on) - ended,
        max(map(_longest_silence, crowd.members)),
        leftovers_soon(site),
    )


def _until_a_run_begins(site: ChaosSite, case: Case, assistant: str) -> tuple[float, float]:
    # The times at which the fault was over, and at which a new run had its first word.
    probe = threading.Thread(target=_first_word, args=(site, assistant))
    injecting = threading.Thread(target=inject, args=(site, case))
    begun = now()
    if case.has_twin:
        injecting.start()
        time.sleep(0.1)
    else:
        # In this thread: the servers that it starts live as long as the thread does.
        inject(site, case)
    ended = begun if case.has_twin else now()
    probe.start()
    probe.join(PROBE_SECONDS)
    assert not probe.is_alive(), "no run began after the fault"
    probed = now()
    if case.has_twin:
        injecting.join()
    return ended, probed


def leftovers_soon(site: ChaosSite) -> list[str]:
    """Return what is left when sweepers had their time."""
    until = now() + 10
    while (left := leftovers(site)) and now() < until:
        time.sleep(0.2)
    return left


def _first_word(site: ChaosSite, assistant: str) -> None:
    # A client without retries, so that it sees when a run can begin again.
    with OpenAI(base_url=site.base_url, api_key=API_KEY, max_retries=0, timeout=10) as client:
        while True:
            try:
                with client.beta.threads.create_and_run(
                    assistant_id=assistant, stream=True, thread={}
                ) as stream:
                    if any(event.event == "thread.message.delta" for event in stream):
                        return
            except Exception:  # noqa: BLE001 - whatever it is, the fault isn't over yet
                time.sleep(0.1)


def _end_of_silence(member: Member, moment: float) -> float:
    # When a client that heard nothing at that moment, or soon after, has heard something again.
    times = member.heard_at
    silences = [
        later
        for before, later in zip(times, times[1:], strict=False)
        if later - before > SILENCE_SECONDS and before < moment + SILENCE_SECONDS and later > moment
    ]
    return max(silences, default=moment)


def _longest_silence(member: Member) -> float:
    times = member.heard_at
    return max((b - a for a, b in zip(times, times[1:], strict=False)), default=0.0)


def _files_to_index(client: OpenAI) -> str:
    store = client.vector_stores.create().id
    for number in range(FILES):
        made = client.files.create(file=(f"{number}.txt", b"Bread. " * 400), purpose="assistants")
        client.vector_stores.files.create(vector_store_id=store, file_id=made.id)
    return store


def _wait_for_index(client: OpenAI, store: str) -> None:
    def all_done() -> bool:
        counts = client.vector_stores.retrieve(store).file_counts
        assert counts.failed == 0, counts
        return counts.completed == FILES

    wait_until(all_done, seconds=ENDED_SECONDS)
