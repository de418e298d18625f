"""`python -m playground.embedded`: the one command."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever has an older one should read this sentence)
    sys.exit("Assistants Playground needs Python 3.11 or newer.")

from playground.embedded.console import Console
from playground.embedded.errors import LaunchError
from playground.embedded.launcher import launch


def main() -> int:
    """The exit status: 0 after Ctrl-C or SIGTERM, 1 after one sentence on stderr."""
    try:
        launch(os.environ, Console())
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
