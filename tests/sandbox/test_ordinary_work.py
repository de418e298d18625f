"""What ordinary code does with files, locks and processes works in a session."""

import pytest

from tests.sandbox.interpreter import Interpreter

DATABASE = """
import sqlite3
with sqlite3.connect('/mnt/data/a.db') as base:
    base.execute('PRAGMA journal_mode={mode}')
    base.execute('CREATE TABLE t (n)')
    base.executemany('INSERT INTO t VALUES (?)', [(n,) for n in range(100)])
with sqlite3.connect('/mnt/data/a.db') as again:
    print(again.execute('SELECT sum(n) FROM t').fetchone()[0], end='')
"""
LOCKED_OUT = """
import fcntl, subprocess, sys
file = open('/mnt/data/lock', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
other = '''
import fcntl
try:
    fcntl.lockf(open("/mnt/data/lock", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("locked", end="")
'''
print(subprocess.run([sys.executable, '-c', other], capture_output=True, text=True).stdout, end='')
"""
WORKBOOK = """
import openpyxl, pandas as pd
pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}).to_excel('/mnt/data/t.xlsx', index=False)
print(openpyxl.load_workbook('/mnt/data/t.xlsx').active['B3'].value, end='')
"""
PROCESSES = """
import concurrent.futures, multiprocessing
context = multiprocessing.get_context('fork')
with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
    print(sum(pool.map(abs, range(-9, 1))), end='')
"""
SAVED = """
import os, tempfile
with tempfile.NamedTemporaryFile(dir='/mnt/data', delete=False) as file:
    file.write(b'saved'); file.flush(); os.fsync(file.fileno())
os.replace(file.name, '/mnt/data/kept')
os.sync()
print(open('/mnt/data/kept').read(), end='')
"""
CRASHED = """
import os, signal, subprocess, sys
child = os.fork()
if not child:
    os.kill(os.getpid(), signal.SIGSEGV)
_, status = os.waitpid(child, 0)
other = subprocess.run([sys.executable, '-c', 'import os; os.abort()']).returncode
print(os.WTERMSIG(status), os.WCOREDUMP(status), other, end='')
"""
ITSELF = """
import os, psutil, resource
me = psutil.Process()
print(me.memory_info().rss > 0, len(os.listdir('/proc/self/fd')) > 3, me.num_threads() > 0,
      len(open('/proc/self/maps').read()) > 0, resource.getrlimit(resource.RLIMIT_CORE), end='')
"""


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_sqlite_keeps_a_database(python: Interpreter, mode: str) -> None:
    assert python.say(DATABASE.format(mode=mode)) == "4950"


def test_locks_of_records_work(python: Interpreter) -> None:
    assert python.say(LOCKED_OUT) == "locked"


def test_workbooks_are_written_and_read(python: Interpreter) -> None:
    assert python.say(WORKBOOK) == "y"


def test_processes_share_work(python: Interpreter) -> None:
    assert python.say(PROCESSES) == "45"


def test_files_are_saved_and_flushed(python: Interpreter) -> None:
    assert python.say(SAVED) == "saved"


def test_a_crash_leaves_no_core(python: Interpreter) -> None:
    assert python.say(CRASHED) == "11 False -6"


def test_code_can_look_at_its_own_process(python: Interpreter) -> None:
    assert python.say(ITSELF) == "True True True True (1, 1)"
