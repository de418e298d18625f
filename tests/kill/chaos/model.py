"""The model endpoint of a site under faults, in a process of its own: ``model PORT``."""

import sys
import threading

from tests.fakes.provider import ScriptedProvider
from tests.kill.chaos.site import reply

if __name__ == "__main__":
    ScriptedProvider(default=reply()).start(int(sys.argv[1]))
    threading.Event().wait()
