"""The threads in which a worker's runs do what blocks, apart from each other.

Together, the first three use fewer database connections than a process has by default.
"""

from assistants_app.hop import Hop
from assistants_app.turns import Turns

TOOL_THREADS = 64

# Services and short queries. A commit waits for the disk, so there are more threads than cores. But
# not many more, because they hand the interpreter's lock to each other.
services = Hop("services", 6)
# What a model is asked. Choosing its endpoint and reading images can wait for the network, which
# must not hold up the services of other runs.
prompts = Hop("prompts", 6)
# The heartbeat. Behind hundreds of services it would come after the leases have expired.
leases = Hop("leases", 1)
# Built-in tools. A call can take minutes, in which it holds no connection.
tools = Hop("tools", TOOL_THREADS)
# So that a quarter of these threads is left for others while one project's calls take minutes.
tool_turns = Turns(TOOL_THREADS, share=TOOL_THREADS * 3 // 4)
