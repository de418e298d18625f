"""What is left of a crowd's runs, in the database, the storage and Valkey."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kill.chaos.crowd import ENDED, Member, is_whole
from tests.kill.chaos.site import ChaosSite
from tests.live import wait_until

STORED = """
SELECT run.metadata->>'member', run.id, run.status, run.last_error->>'message',
    (SELECT count(*) FROM message WHERE message.thread_id = run.thread_id AND role = 'user'),
    (SELECT json_object_agg(id, content->0->'text'->>'value') FROM message
        WHERE message.run_id = run.id AND status = 'completed')
FROM run WHERE run.created_at > %s
"""


@dataclass
class Count:
    """How the runs of a crowd ended. The lists name what is wrong."""

    runs: int = 0
    right: int = 0
    failed: int = 0  # with an error that the client has read
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A run as the database has it. `texts` are its completed messages, by id."""

    member: str
    run_id: str
    status: str
    error: str | None
    questions: int
    texts: dict[str, str] | None

    @property
    def is_right(self) -> bool:
        texts = list((self.texts or {}).values())
        return self.status == "completed" and len(texts) == 1 and is_whole(texts[0])


def rows_since(site: ChaosSite, begun: Any) -> list[Row]:
    """Return the runs that were created since then."""
    with site.connect() as connection:
        return [Row(*record) for record in connection.execute(STORED, [begun]) if record[0]]


def wait_for_ends(site: ChaosSite, begun: Any, seconds: float) -> None:
    """Return when no run is active any more."""
    wait_until(lambda: all(row.status in ENDED for row in rows_since(site, begun)), seconds=seconds)


def count(site: ChaosSite, begun: Any, members: list[Member], *, may_fail: bool) -> Count:
    """Compare what the clients have read with what is stored."""
    found = Count()
    by_member: dict[str, list[Row]] = {}
    for row in rows_since(site, begun):
        by_member.setdefault(row.member, []).append(row)
    for member in members:
        rows = by_member.get(str(member.number), [])
        if len(rows) > 1 or any(row.questions > 1 for row in rows):
            found.doubled.append(f"member {member.number}: {rows}")
        if any(len(row.texts or {}) > 1 for row in rows):
            found.doubled.append(f"member {member.number}: {rows}")
        if not member.run_id:
            continue  # refused, and told so
        found.runs += 1
        _count_accepted(found, member, rows, may_fail=may_fail)
    return found


def _count_accepted(found: Count, member: Member, rows: list[Row], *, may_fail: bool) -> None:
    own = [row for row in rows if row.run_id == member.run_id]
    if not own or own[0].status != member.status:
        found.lost.append(f"{member.number}: {member.status}, stored {own}")
    elif own[0].is_right:
        found.right += 1
    elif may_fail and own[0].status == "failed" and own[0].error:
        found.failed += 1
    else:
        found.lost.append(f"{member.number}: {own[0]}")
    for row in own:
        for message, text in (row.texts or {}).items():
            read = member.texts.get(message, "")
            if read != text and not member.is_broken:
                found.torn.append(f"{member.number}: {read!r} of {message}")


def leftovers(site: ChaosSite) -> list[str]:
    """Return what nobody will remove: keys without an end, tasks, and files without a row."""
    client = site.redis()
    found = []
    for key in client.scan_iter(count=1000):
        name = key.decode()
        if not name.startswith("_kombu") and client.ttl(key) == -1:
            found.append(f"key {name}")
    client.close()
    files = Path(site.environment["DATA_DIR"], "files")
    with site.connect() as connection:
        known = {record[0] for record in connection.execute("SELECT id FROM file")}
    found += [
        f"file {path}"
        for path in files.glob("*/*")
        if path.is_file() and path.name.lstrip(".").partition("-")[0] == "unfinished"
    ]
    stored = {path.name for path in files.glob("*/*") if not path.name.startswith(".")}
    return found + [f"no bytes for {missing}" for missing in sorted(known - stored)]
