"""The threads in which the live page reads the database and renders whole pages."""

from typing import Final

from assistants_app.hop import Hop

# Few, because rendering holds the interpreter's lock: more threads would only take time from the
# event loop that sends the frames.
THREADS: Final = 4

in_thread: Final = Hop("realtime", THREADS)
