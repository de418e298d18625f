"""`python -m playground.embedded.scripted PORT`: serve the scripted model."""

import asyncio
import contextlib
import sys

from playground.embedded.scripted.server import serve

with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(serve(int(sys.argv[1])))
