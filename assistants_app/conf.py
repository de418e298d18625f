"""Every knob of the app, with its default, unit and reason.

Values come from ``settings.PLAYGROUND``; a name that is not there has the default given here.
"""

from typing import Any

from django.conf import settings


def _get(name: str, default: Any) -> Any:
    return settings.PLAYGROUND.get(name, default)


# Seconds after which a run that has not ended expires (the vendor's 10 minutes).
RUN_EXPIRES_AFTER: float = _get("RUN_EXPIRES_AFTER", 600.0)
# Seconds that a worker's claim on a run holds without a heartbeat: a lost worker's run is taken
# over after at most this and one sweep. Measured: restart after 5.2-6.3 s.
LEASE_SECONDS: float = _get("LEASE_SECONDS", 5.0)
# Seconds between two heartbeats, which also look whether a run is to be cancelled.
HEARTBEAT_SECONDS: float = _get("HEARTBEAT_SECONDS", 0.5)
# Seconds between two sweeps for expired, lost and forgotten runs.
SWEEP_SECONDS: float = _get("SWEEP_SECONDS", 2.0)
# Seconds after which a queued run that no worker took is dispatched again.
REDISPATCH_SECONDS: float = _get("REDISPATCH_SECONDS", 10.0)
# How often a run may lose its worker before it fails.
RUN_ATTEMPTS: int = _get("RUN_ATTEMPTS", 3)
# Model calls that one run may make: a bound for models that call tools for ever.
RUN_TURNS: int = _get("RUN_TURNS", 32)
# Runs that may wait for their turn on one thread (`on_active_run`).
RUNS_WAITING: int = _get("RUNS_WAITING", 20)
# Interpreter hosts (unix:PATH or HOST:PORT) that run model-written code, and what they and we know.
SANDBOX_HOSTS: list[str] = _get("SANDBOX_HOSTS", [])
SANDBOX_SECRET: str = _get("SANDBOX_SECRET", "")
# Seconds that one call of the code interpreter may take before it is interrupted.
CODE_SECONDS: float = _get("CODE_SECONDS", 120.0)
# Characters of a call's output that the model is told; the person sees more.
CODE_OUTPUT_CHARACTERS: int = _get("CODE_OUTPUT_CHARACTERS", 20_000)
# Days that the requests to model endpoints and their answers are kept; 0 to keep none at all.
PROVIDER_CALL_DAYS: float = _get("PROVIDER_CALL_DAYS", 30.0)
# Seconds between two looks for requests that are too old.
PROVIDER_CALL_SWEEP_SECONDS: float = _get("PROVIDER_CALL_SWEEP_SECONDS", 3600.0)
# Events kept in a thread's log, and seconds after its last event that the log itself is kept.
EVENT_LOG_LENGTH: int = _get("EVENT_LOG_LENGTH", 20_000)
EVENT_LOG_TTL: int = _get("EVENT_LOG_TTL", 24 * 3600)
# Seconds that a writer waits for the event log to come back before the run fails.
EVENT_LOG_PATIENCE: float = _get("EVENT_LOG_PATIENCE", 60.0)
# Seconds between comments on an idle event stream, so that proxies keep the line.
SSE_HEARTBEAT_SECONDS: float = _get("SSE_HEARTBEAT_SECONDS", 10.0)
# Tokens of context assumed for a model whose endpoint and name do not tell.
DEFAULT_CONTEXT_TOKENS: int = _get("DEFAULT_CONTEXT_TOKENS", 128_000)
# Seconds that a model endpoint's list of models is kept.
MODEL_LIST_TTL: float = _get("MODEL_LIST_TTL", 300.0)
# Seconds that a process trusts an API key that it has looked up: as long may a revoked one work on.
API_KEY_SECONDS: float = _get("API_KEY_SECONDS", 3.0)
# Requests a minute that each project may make, 0 for any number.
RATE_LIMIT_REQUESTS_PER_MINUTE: int = _get("RATE_LIMIT_REQUESTS_PER_MINUTE", 0)
# Seconds that the answer to a request with an Idempotency-Key is kept, and seconds that a key is
# taken by a request which has not been answered.
IDEMPOTENCY_SECONDS: float = _get("IDEMPOTENCY_SECONDS", 24 * 3600.0)
IDEMPOTENCY_CLAIM_SECONDS: float = _get("IDEMPOTENCY_CLAIM_SECONDS", 10.0)
# Seconds that a one-time sign-in link is good for.
SIGN_IN_LINK_SECONDS: int = _get("SIGN_IN_LINK_SECONDS", 24 * 3600)
# Bytes of images that one request to a model carries, before they are written in base64.
PROMPT_IMAGE_BYTES: int = _get("PROMPT_IMAGE_BYTES", 32 * 1024**2)
# Bytes that the files of one project may take, those of unfinished uploads included.
FILE_QUOTA_BYTES: int = _get("FILE_QUOTA_BYTES", 100 * 1024**3)
# Seconds between two searches of the storage for bytes that belong to nothing.
FILE_SWEEP_SECONDS: float = _get("FILE_SWEEP_SECONDS", 3600.0)
# Age in seconds from which bytes that belong to nothing are removed: no request that has stored
# bytes takes so long to commit their row.
ORPHAN_SECONDS: float = _get("ORPHAN_SECONDS", 3600.0)

# Seconds that an indexer's claim on a file holds without a heartbeat, and seconds between two.
INDEX_LEASE_SECONDS: float = _get("INDEX_LEASE_SECONDS", 10.0)
INDEX_HEARTBEAT_SECONDS: float = _get("INDEX_HEARTBEAT_SECONDS", 2.0)
# How often a file may lose its indexer, or find no embedding model, before it fails; and seconds
# until the next try, more with each.
INDEX_ATTEMPTS: int = _get("INDEX_ATTEMPTS", 4)
INDEX_RETRY_SECONDS: float = _get("INDEX_RETRY_SECONDS", 10.0)
# Tasks that a request sends at most, however many files it has: each of them sends the next.
INDEX_WAKE_UPS: int = _get("INDEX_WAKE_UPS", 4)
# Seconds between two looks for files of vector stores that nobody has in hand.
INDEX_SWEEP_SECONDS: float = _get("INDEX_SWEEP_SECONDS", 5.0)
# Seconds that a run waits for the files of its messages to be indexed.
ATTACHMENT_PATIENCE: float = _get("ATTACHMENT_PATIENCE", 60.0)
# The model that passages of new stores are embedded with, empty for the bundled one, and where it
# is. Numbers of its vectors, 0 for its own.
EMBEDDING_MODEL: str = _get("EMBEDDING_MODEL", "")
EMBEDDING_BASE_URL: str = _get("EMBEDDING_BASE_URL", "")
EMBEDDING_API_KEY: str = _get("EMBEDDING_API_KEY", "")
EMBEDDING_DIMENSION: int = _get("EMBEDDING_DIMENSION", 0)
# What models want before a text that were trained so (e5: "query: ", "passage: ").
EMBEDDING_QUERY_PREFIX: str = _get("EMBEDDING_QUERY_PREFIX", "")
EMBEDDING_PASSAGE_PREFIX: str = _get("EMBEDDING_PASSAGE_PREFIX", "")
# Threads of the bundled model, 0 for one per core; and the folder in which its process is met.
EMBEDDING_THREADS: int = _get("EMBEDDING_THREADS", 0)
EMBEDDING_FOLDER: str = _get("EMBEDDING_FOLDER", "")
# The chat model that makes queries of questions, empty to do it by rule; and seconds for all of a
# search's, after which the rule does it.
REWRITE_MODEL: str = _get("REWRITE_MODEL", "")
REWRITE_SECONDS: float = _get("REWRITE_SECONDS", 3.0)
# An endpoint of the form of Jina and Cohere (`/rerank`) that orders what a search has found.
RERANKER_URL: str = _get("RERANKER_URL", "")
RERANKER_MODEL: str = _get("RERANKER_MODEL", "")
RERANKER_API_KEY: str = _get("RERANKER_API_KEY", "")

OPENAI_BASE_URL: str = _get("OPENAI_BASE_URL", "")
OPENAI_API_KEY: str = _get("OPENAI_API_KEY", "")
LOCAL_MODEL_URL: str = _get("LOCAL_MODEL_URL", "")
LOCAL_MODEL_KEY: str = _get("LOCAL_MODEL_KEY", "")
