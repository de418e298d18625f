"""What runs for `python -m pip` inside the sandbox: it says why nothing can be installed."""

import sys

if __name__ == "__main__":
    from assistants_app.sandbox.guest.libraries import NO_INSTALL

    sys.stderr.write(f"{NO_INSTALL}\n")
    sys.exit(1)
