"""`python -m playground.embedded [run|dev|seed|key|link|manage COMMAND [ARGUMENT...]]`."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python should say this, not fail to import)
    sys.exit("Assistants Playground needs Python 3.11 or newer.")

from playground.embedded.commands import carry_out
from playground.embedded.console import Console
from playground.embedded.errors import LaunchError


def main(arguments: list[str]) -> int:
    """Return the exit status: 0 after Ctrl-C or SIGTERM, 1 after one sentence on stderr."""
    try:
        return carry_out(arguments, os.environ, Console())
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
