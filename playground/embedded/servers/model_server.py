"""Serves one GGUF file over the OpenAI API; run by path, as its own process.

Arguments: path, port, name, threads, tokens of context. The key is in LOCAL_MODEL_KEY, because
other users can read command lines. To stay small, it imports nothing of the project.
"""

import os
import signal
import sys

import xllamacpp

PARALLEL_REPLIES = 2
# Longest reply in tokens when the request sets no limit: tiny models ramble.
LONGEST_REPLY = 2048
# A lower priority than the site's, which stays responsive while the model computes.
NICENESS = 5
PROMPT_CACHE_MEGABYTES = 64


def parameters(path: str, port: int, name: str, threads: int, context: int) -> object:
    """Return llama.cpp's settings. Its defaults are open: any origin, no key, a web page."""
    chosen = xllamacpp.CommonParams()
    chosen.model.path = path
    chosen.model_alias = {name}  # a set, because a string would become a set of its letters
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.reuse_port = True  # the launcher has bound the port to reserve it
    chosen.api_keys = [os.environ["LOCAL_MODEL_KEY"]]
    chosen.cors_origins = ""
    chosen.cors_origins_explicit = True
    chosen.ui = False
    chosen.endpoint_slots = False
    chosen.n_threads_http = 4
    chosen.n_ctx = context
    chosen.n_parallel = PARALLEL_REPLIES
    chosen.kv_unified = True  # replies share the context instead of having half of it each
    chosen.n_predict = LONGEST_REPLY
    chosen.cache_ram_mib = PROMPT_CACHE_MEGABYTES
    chosen.cpuparams.n_threads = threads
    chosen.cpuparams_batch.n_threads = threads
    chosen.fit_params = False
    chosen.verbosity = 1
    return chosen


def main() -> None:
    """Serve until a signal ends the process. There is nothing to save."""
    path, port, name, threads, context = sys.argv[1:]
    # Blocked before the server starts its threads, so that none of them receives the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    os.nice(NICENESS)
    _server = xllamacpp.Server(parameters(path, int(port), name, int(threads), int(context)))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)


main()
