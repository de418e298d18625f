"""The app's settings, each declared once.

Values come from ``settings.PLAYGROUND`` when they are first read. A setting that is missing there
has the default declared here. docs/operations.md lists them all (`make settings` rewrites it).
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from assistants_app.domain.settings import Setting, Subject, take_settings

GIB = 1024**3
MIB = 1024**2
HOUR = 3600
HTTP = ("http", "https")

_models = Subject("Models")
OPENAI_BASE_URL: str = _models.setting(
    "",
    "Base URL of an OpenAI-compatible endpoint that all projects may use.",
    schemes=HTTP,
    shown="none; `https://api.openai.com/v1` if only `OPENAI_API_KEY` is set",
)
OPENAI_API_KEY: str = _models.setting("", "API key of that endpoint.", shown="none")
LOCAL_MODEL_URL: str = _models.setting(
    "",
    "Base URL of the bundled model's server, which answers for any model name.",
    schemes=HTTP,
    shown="none; `make run` starts its own unless you connect an endpoint",
)
LOCAL_MODEL_KEY: str = _models.setting("", "API key of that server.", shown="none")
DEFAULT_CONTEXT_TOKENS: int = _models.setting(
    128_000,
    "Context window, in tokens, assumed when neither the endpoint nor the model name reveals it "
    "(Ollama, for example, uses 4096 by default).",
    unit="tokens",
    minimum=1024,
)
MODEL_LIST_TTL: float = _models.setting(
    300.0,
    "How long an endpoint's list of models is reused before it is requested again.",
    unit="seconds",
    minimum=0,
)
ENDPOINT_DENIED_NETWORKS: list[str] = _models.setting(
    [],
    "Networks in which nobody may connect an endpoint on the site, such as `10.0.0.0/8`, separated "
    "by commas, besides those that are always denied ([security.md](security.md)).",
    shown="none",
)
ENDPOINT_ALLOWED_NETWORKS: list[str] = _models.setting(
    [],
    "The only networks in which endpoints may be connected on the site, unless they are denied.",
    shown="none: all that aren't denied",
)
PROMPT_IMAGE_BYTES: int = _models.setting(
    32 * MIB,
    "Total size of the images in one request to a model, before base64 encoding; beyond it, the "
    "oldest images are left out.",
    unit="bytes",
    minimum=0,
)
PROVIDER_CALL_DAYS: float = _models.setting(
    30.0,
    "How long requests to model endpoints and their responses are kept for the run log, without "
    "keys and at most 256 KB each; 0 keeps none.",
    unit="days",
    minimum=0,
)

_runs = Subject("Runs")
RUN_EXPIRES_AFTER: float = _runs.setting(
    600.0,
    "Time after which an unfinished run expires, as OpenAI's do after 10 minutes.",
    unit="seconds",
    minimum=1,
)
RUN_TURNS: int = _runs.setting(
    32,
    "Model calls that one run may make, which stops models that would call tools forever.",
    minimum=1,
)
RUN_ATTEMPTS: int = _runs.setting(
    3, "Number of workers that a run may lose before it fails.", minimum=1
)
RUNS_PER_PROJECT: int = _runs.setting(
    2000,
    "Runs of one project that may be queued or in progress at once; more are refused.",
    minimum=1,
)
RUNS_WAITING: int = _runs.setting(
    20, "Runs that may wait for their turn on one thread (`on_active_run`).", minimum=0
)
ATTACHMENT_PATIENCE: float = _runs.setting(
    60.0,
    "How long a run waits until the files attached to its messages are indexed.",
    unit="seconds",
    minimum=0,
)

_workers = Subject("Workers")
# Measured with 5 seconds: another worker goes on 5.2-6.3 s after the first was killed.
LEASE_SECONDS: float = _workers.setting(
    5.0,
    "How long a worker keeps a run without renewing its claim; a lost worker's run is taken over "
    "after at most this time and one sweep.",
    unit="seconds",
    minimum=1,
)
# With 0.5 seconds, 500 runs were 1,000 row versions a second, a quarter of all CPU time.
HEARTBEAT_SECONDS: float = _workers.setting(
    1.5,
    "Time between two renewals of a worker's claims, when it also notices that runs have expired.",
    unit="seconds",
    minimum=0.05,
)
RUNS_PER_WORKER: int = _workers.setting(
    1000,
    "Runs that one worker carries out at once, and a tenth more for projects that have few; as "
    "many again wait in it, in turns between projects, and the next are left to other workers.",
    minimum=1,
)
WRITE_PATIENCE: float = _workers.setting(
    60.0,
    "How long a worker tries to read and write its runs while PostgreSQL can't be reached; then "
    "they are left to the next worker.",
    unit="seconds",
    minimum=0,
)
DRAIN_SECONDS: float = _workers.setting(
    5.0,
    "How long a worker that is asked to end waits for its runs; the others are taken over by "
    "other workers.",
    unit="seconds",
    minimum=0,
)
SWEEP_SECONDS: float = _workers.setting(
    2.0,
    "Time between two sweeps for runs that expired, lost their worker or were never picked up.",
    unit="seconds",
    minimum=0.1,
)

_events = Subject("Event log")
EVENT_LOG_LENGTH: int = _events.setting(
    20_000,
    "Events that Redis keeps of one thread; a page further behind reloads the thread.",
    minimum=1000,
)
EVENT_LOG_TTL: int = _events.setting(
    900,
    "How long Redis keeps a thread's events after its last run has ended.",
    unit="seconds",
    minimum=60,
)
EVENT_FLUSH_MILLISECONDS: float = _events.setting(
    10.0,
    "How long a process collects tokens before it writes them while it streams to more than 8 "
    "threads; 0 writes each at once.",
    unit="milliseconds",
    minimum=0,
)
EVENT_LOG_PATIENCE: float = _events.setting(
    60.0,
    "How long a worker waits for Redis to come back before it goes on without the log.",
    unit="seconds",
    minimum=0,
)

REDIS_MEMORY_ALARM: int = _events.setting(
    80,
    "Share of its `maxmemory` from which workers log a warning about Redis every minute.",
    unit="percent",
    minimum=1,
)

_code = Subject("Code interpreter")
SANDBOX_HOSTS: list[str] = _code.setting(
    [],
    "Interpreter hosts that run model-written code, as `HOST:PORT` or `unix:PATH`, separated by "
    "commas.",
    shown="none: no code runs; `make run` starts its own",
)
SANDBOX_SECRET: str = _code.setting(
    "",
    "Secret of at least 16 characters that workers and interpreter hosts share.",
    shown="none; `make run` generates one",
)
CODE_SECONDS: float = _code.setting(
    120.0,
    "How long one call of the code interpreter may take before it is interrupted.",
    unit="seconds",
    minimum=1,
)
CODE_OUTPUT_CHARACTERS: int = _code.setting(
    20_000,
    "Output of one call that the model sees; from longer output, the middle is left out.",
    unit="characters",
    minimum=100,
)

_api = Subject("API")
API_THREADS: int = _api.setting(
    8,
    "Threads of each web process that carry out API requests, and as many more for those that wait "
    "for a storage or a model, such as uploads and searches; open streams need none.",
    minimum=1,
)
RATE_LIMIT_REQUESTS_PER_MINUTE: int = _api.setting(
    30_000,
    "Requests per minute that each project may make, of limits above 600 a sixth at once; `0` for "
    "no limit.",
    minimum=0,
)
CORS_ORIGINS: list[str] = _api.setting(
    [],
    "Origins of web pages that may use the API from a browser, such as `https://app.example.org`, "
    "separated by commas; `*` for all ([api.md](api.md#can-a-web-page-call-it)).",
    shown="none",
)
API_KEY_SECONDS: float = _api.setting(
    3.0,
    "How long each process remembers an API key, and may still accept one that was revoked while "
    "the process couldn't reach Redis.",
    unit="seconds",
    minimum=0,
)
IDEMPOTENCY_SECONDS: float = _api.setting(
    24.0 * HOUR,
    "How long the response to a request with an `Idempotency-Key` is kept.",
    unit="seconds",
    minimum=60,
)
DIRECT_CALL_SECONDS: float = _api.setting(
    600.0,
    "How long a model endpoint may take for its response to a chat completion or embeddings "
    "request of the API, or for the next part of a stream.",
    unit="seconds",
    minimum=1,
)
SSE_HEARTBEAT_SECONDS: float = _api.setting(
    10.0,
    "Time between two comments on an idle event stream, which must be below your proxy's timeout.",
    unit="seconds",
    minimum=0.1,
)
SIGN_IN_LINK_SECONDS: int = _api.setting(
    24 * HOUR,
    "How long a one-time sign-in link is valid.",
    unit="seconds",
    minimum=60,
)

SHARE_REQUESTS_PER_MINUTE: int = _api.setting(
    300,
    "Requests per minute for pages and files of share links that each address may make; `0` for no "
    "limit.",
    minimum=0,
)

_people = Subject("People")
AUDIT_DAYS: float = _people.setting(
    400.0,
    "How long the activity of a project's people is kept ([people.md](people.md#activity)).",
    unit="days",
    minimum=1,
)
PROJECT_CREATORS: str = _people.setting(
    "owners",
    "Who may create projects: `owners` of a project, or `everyone` who can sign in.",
    choices=("owners", "everyone"),
)

_files = Subject("Files")
FILE_QUOTA_BYTES: int = _files.setting(
    100 * GIB,
    "Storage that the files of one project may use, unfinished uploads included.",
    unit="bytes",
    minimum=1,
)

FREE_SPACE_BYTES: int = _files.setting(
    256 * MIB,
    "Free space, or a tenth of a small disk, below which new runs, messages, threads and files are "
    "refused (507), on the disks of `DATA_DIR`, of temporary files, and of a PostgreSQL on this "
    "machine; 0 never refuses.",
    unit="bytes",
    minimum=0,
)

_search = Subject("File search")
EMBEDDING_MODEL: str = _search.setting(
    "",
    "Embedding model of new vector stores: `multilingual` for a local model of many languages, or "
    "a model of the endpoint below ([file-search.md](file-search.md)).",
    shown="the bundled model, for English",
)
EMBEDDING_BASE_URL: str = _search.setting(
    "", "Base URL of the endpoint that serves it.", schemes=HTTP, same_as="OPENAI_BASE_URL"
)
EMBEDDING_API_KEY: str = _search.setting("", "API key of that endpoint.", same_as="OPENAI_API_KEY")
EMBEDDING_DIMENSION: int = _search.setting(
    0,
    "Dimension of its vectors, sent to the endpoint as `dimensions`.",
    minimum=0,
    shown="`0`: the model's own",
)
EMBEDDING_QUERY_PREFIX: str = _search.setting(
    "", "Text that the model expects before each query, such as `query: ` for e5.", shown="none"
)
EMBEDDING_PASSAGE_PREFIX: str = _search.setting(
    "", "Text that the model expects before each chunk, such as `passage: ` for e5.", shown="none"
)
EMBEDDING_THREADS: int = _search.setting(
    0, "Threads of a local embedding model.", minimum=0, shown="`0`: one per core"
)
EMBEDDING_FOLDER: str = _search.setting(
    "",
    "Folder of the socket through which a machine's processes share a local embedding model.",
    shown="`embed` below `DATA_DIR`",
)
INDEX_LEASE_SECONDS: float = _search.setting(
    10.0,
    "How long an indexer keeps a file without renewing its claim.",
    unit="seconds",
    minimum=1,
)
INDEX_HEARTBEAT_SECONDS: float = _search.setting(
    1.0,
    "Time between two renewals of an indexer's claim, when it also notices that the file was "
    "deleted or its indexing cancelled.",
    unit="seconds",
    minimum=0.05,
)
INDEX_ATTEMPTS: int = _search.setting(
    4,
    "Attempts that a file gets when its indexer is lost or its embedding model can't be reached.",
    minimum=1,
)
INDEX_RETRY_SECONDS: float = _search.setting(
    10.0,
    "Time before the next attempt, multiplied by the number of attempts so far.",
    unit="seconds",
    minimum=0,
)
REWRITE_MODEL: str = _search.setting(
    "",
    "Chat model of the project's endpoints that turns questions into search queries "
    "([file-search.md](file-search.md)).",
    shown="none: fixed rules do it",
)
REWRITE_SECONDS: float = _search.setting(
    3.0,
    "How long that model may take for one search before the fixed rules do it.",
    unit="seconds",
    minimum=0.1,
)
RERANKER_URL: str = _search.setting(
    "",
    "URL of a `/rerank` endpoint like Jina's or Cohere's, which reorders search results.",
    schemes=HTTP,
    shown="none",
)
RERANKER_MODEL: str = _search.setting("", "Model to name in its requests.", shown="none")
RERANKER_API_KEY: str = _search.setting("", "API key of that endpoint.", shown="none")

_checks = Subject("Checks")
JUDGE_SECONDS: float = _checks.setting(
    120.0,
    "How long a judge may take for one answer before its check ends with an error.",
    unit="seconds",
    minimum=1,
)
CHECK_CODE_SECONDS: float = _checks.setting(
    10.0,
    "How long the Python code of one check may run for one reply.",
    unit="seconds",
    minimum=0.1,
)

SETTINGS: dict[str, Setting] = take_settings(globals())


# Lazy, because playground/settings.py reads the declarations while Django's settings still load.
# Hidden from the type checker, which would otherwise accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in SETTINGS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = settings.PLAYGROUND.get(name, SETTINGS[name].default)
        globals()[name] = value
        return value
