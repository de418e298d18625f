"""Embedded PostgreSQL: what it keeps, what it survives, what it says when it cannot start."""

import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from playground.embedded.errors import LaunchError
from playground.embedded.servers import identity
from playground.embedded.servers.database import EmbeddedPostgres
from tests.embedded.conftest import Wait

Usage = namedtuple("Usage", "total used free")


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(server.url, autocommit=True)


def test_it_has_the_extensions_and_an_unchanging_locale(postgres: EmbeddedPostgres) -> None:
    with connect(postgres) as connection:
        for extension in ("vector", "pg_trgm", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")
        row = connection.execute(
            "SELECT upper('é'), datlocprovider, datlocale FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    assert row == ("É", "b", "C.UTF-8")


def test_its_url_means_the_same_to_django(postgres: EmbeddedPostgres) -> None:
    settings = dj_database_url.parse(postgres.url)
    assert settings["HOST"] == str(postgres.socket_dir)
    assert settings["NAME"] == "playground"


def test_rows_survive_kill_and_restart(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "postgres", folder / "run").start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    server.kill()
    server.start()
    with connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    server.stop()
    with EmbeddedPostgres(folder / "postgres", folder / "run") as again, connect(again) as line:
        assert line.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_busy_session_of_a_killed_server_does_not_hinder_the_next(
    postgres: EmbeddedPostgres, wait_until: Wait
) -> None:
    connection = connect(postgres)
    cursor = connection.pgconn
    cursor.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
    began = time.monotonic()
    postgres.kill()
    postgres.start()
    assert time.monotonic() - began < 3
    connection.close()


def test_stop_ends_open_sessions_at_once(postgres: EmbeddedPostgres) -> None:
    connection = connect(postgres)
    began = time.monotonic()
    postgres.stop()
    assert time.monotonic() - began < 2
    assert not postgres.pid_file.exists()
    connection.close()
    postgres.start()


def test_a_pid_file_that_names_another_program_is_no_obstacle(postgres: EmbeddedPostgres) -> None:
    left = postgres.pid_file.read_text()
    postgres.stop()
    postgres.pid_file.write_text(left.replace(left.split()[0], str(os.getppid()), 1))
    postgres.start()
    assert postgres.is_ready()


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (b"garbage", "is damaged (PG_VERSION isn't a number)"),
        (b"\xff\xfe", "is damaged (PG_VERSION can't be read)"),
        (b"16\n", "belongs to PostgreSQL 16, and this is PostgreSQL 18"),
        (b"18\n", "is damaged (it has no file global/pg_control)"),
        (None, "is damaged (it has no file PG_VERSION)"),
    ],
)
def test_a_broken_folder_is_named_and_left_alone(
    folder: Path, version: bytes | None, sentence: str
) -> None:
    data_dir = folder / "postgres"
    data_dir.mkdir()
    (data_dir / "somebody's file").touch()
    if version is not None:
        (data_dir / "PG_VERSION").write_bytes(version)
    server = EmbeddedPostgres(data_dir, folder / "run")
    with pytest.raises(LaunchError) as failure:
        server.start()
    assert sentence in str(failure.value)
    assert (data_dir / "somebody's file").exists()
    server.stop()


def test_a_half_made_folder_is_made_again_and_a_damaged_one_reported(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder / "postgres", folder / "run", durable=False) as server:
        assert server.is_ready()
    assert not half.exists()
    (server.data_dir / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(LaunchError, match="postgres ended with status 1: .+"):
        server.start()
    server.stop()


def test_a_full_disk_is_said_before_anything_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(2**30, 2**30, 2**20))
    server = EmbeddedPostgres(folder / "postgres", folder / "run")
    with pytest.raises(LaunchError, match="is full"):
        server.start()
    assert not server.data_dir.exists()


def test_two_servers_cannot_share_a_folder(postgres: EmbeddedPostgres, folder: Path) -> None:
    second = EmbeddedPostgres(postgres.data_dir, folder / "other")
    with pytest.raises(LaunchError, match=f"Process {os.getpid()} already uses"):
        second.start()
    assert postgres.is_ready()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_runs_it_as_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = identity._works
    monkeypatch.setattr(
        identity, "_works", lambda who, program: "namespace" not in who and works(who, program)
    )
    data_dir = folder / "postgres"
    with EmbeddedPostgres(data_dir, folder / "run" / "db", durable=False) as server:
        with connect(server) as connection:
            connection.execute("CREATE TABLE made (number int)")
        assert data_dir.owner() == "nobody"
    monkeypatch.undo()
    with server, connect(server) as connection:  # and goes on as the folder's owner
        assert connection.execute("SELECT count(*) FROM made").fetchone() == (0,)
