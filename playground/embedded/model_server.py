"""Serves one GGUF file over the OpenAI API; run by path, as its own process.

Arguments: path, port, name, threads, tokens of context. The key comes in LOCAL_MODEL_KEY, since
other users may read command lines. It imports nothing of the project to stay small.
"""

import os
import signal
import sys

import xllamacpp

PARALLEL_REPLIES = 2
# Tokens after which a reply ends that has no limit of its own: tiny models ramble.
LONGEST_REPLY = 2048
# Below the site in the scheduler's eyes, which stays quick while the model thinks.
NICENESS = 5
PROMPT_CACHE_MEGABYTES = 64


def parameters(path: str, port: int, name: str, threads: int, context: int) -> object:
    """llama.cpp's settings, closed where its defaults are open."""
    chosen = xllamacpp.CommonParams()
    chosen.model.path = path
    chosen.model_alias = {name}  # a set: a bare string would become its letters
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.reuse_port = True  # the launcher holds the port for us, bound but not listening
    chosen.api_keys = [os.environ["LOCAL_MODEL_KEY"]]
    chosen.cors_origins = ""
    chosen.cors_origins_explicit = True
    chosen.ui = False
    chosen.endpoint_slots = False
    chosen.n_threads_http = 4
    chosen.n_ctx = context
    chosen.n_parallel = PARALLEL_REPLIES
    chosen.kv_unified = True  # replies share the context; else each has only its half
    chosen.n_predict = LONGEST_REPLY
    chosen.cache_ram_mib = PROMPT_CACHE_MEGABYTES
    chosen.cpuparams.n_threads = threads
    chosen.cpuparams_batch.n_threads = threads
    chosen.fit_params = False
    chosen.verbosity = 1
    return chosen


def main() -> None:
    """Serves until a signal ends the process; there is nothing to save."""
    path, port, name, threads, context = sys.argv[1:]
    # Blocked before the server's threads start, so that none of them takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    os.nice(NICENESS)
    server = xllamacpp.Server(parameters(path, int(port), name, int(threads), int(context)))
    sys.stdout.write(f"{name} answers on {server.listening_address}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)


main()
