"""The vendor's limits, from its OpenAPI document and reference pages, and our own.

Limits are in characters or items if their name has no unit.
"""

METADATA_PAIRS = 16
METADATA_KEY = 64
METADATA_VALUE = 512
NAME = 256
DESCRIPTION = 512
INSTRUCTIONS = 256_000
MESSAGE_TEXT = 256_000
ASSISTANT_TOOLS = 128
# The next three are wider than in the vendor's document, because clients exceed those: they repeat
# an assistant's tools in a run (20), try small budgets (256), and create large stores (500).
RUN_TOOLS = ASSISTANT_TOOLS
MIN_RUN_TOKENS = 1
VECTOR_STORE_FILES = 10_000  # named in a request to create a store
FUNCTION_NAME = 64
FUNCTION_NAME_PATTERN = r"^[a-zA-Z0-9_-]+$"
MESSAGES_PER_REQUEST = 10_000  # the vendor accepts 32
MESSAGES_PER_THREAD = 100_000
JSON_DEPTH = 100
INTEGER = 2**31 - 1  # the largest number in a column of integers
PAGE_DEFAULT = 20
PAGE_MAX = 100
CODE_INTERPRETER_FILES = 20
FILE_BYTES = 512 * 1024**2
UPLOAD_BYTES = 8 * 1024**3
PART_BYTES = 64 * 1024**2
UPLOAD_SECONDS = 3600
FILE_NAME = 1024
FILE_EXPIRY_MIN = 3600  # seconds
FILE_EXPIRY_MAX = 30 * 24 * 3600
FILES_PAGE_MAX = 10_000
IMAGE_BYTES = 20 * 1024**2
TOOL_OUTPUT_BYTES = 512 * 1024
INLINE_STORE_FILES = 10_000  # of a store that is created together with an assistant or a thread
FILE_BATCH = 10_000  # the vendor accepts 2,000
ATTRIBUTES = 16
ATTRIBUTE_KEY = 64
ATTRIBUTE_VALUE = 512
EXPIRY_DAYS = 365
THREAD_STORE_DAYS = 7
SEARCH_RESULTS = 50
SEARCH_RESULTS_DEFAULT = 10
SEARCH_QUERIES = 20
SEARCH_QUERY = 4096
CHUNK_TOKENS = 800
CHUNK_OVERLAP_TOKENS = 400
CHUNK_TOKENS_MIN = 100
CHUNK_TOKENS_MAX = 4096
FILTER_DEPTH = 10
FILTER_ITEMS = 100

# Our own, for features that the vendor doesn't have.
DRAFT_CHARACTERS = 4_000_000
VERSION_NOTE = 1000
COMMENT = 10_000
COMMENTS = 500  # on one message, or on the instructions of one assistant
QUOTED_LINES = 50
QUOTE = 10_000
RATING_NOTE = 1000
IMPORT_BYTES = 2 * 1024**2
IMPORTED_ASSISTANTS = 200
COMPARISON_TITLE = 256
COMPARISON_COLUMNS_MIN = 2
COMPARISON_COLUMNS = 4
COMPARISON_REPEATS = 5
MOCK_CHARACTERS = 100_000
MOCK_RULES = 100
MOCK_CONDITIONS = 20
MOCK_TEXT = 256  # of a path or a pattern
VARIABLES = 50  # of an assistant
VARIABLE_CHOICES = 100
VARIABLE_CHOICE = 256
RENDERED_TEXT = 1_000_000  # instructions or a message, with the values of variables
VALUE_SETS = 100  # of an assistant
VALUE_SET_CHARACTERS = 1_000_000
TEST_ROWS = 10_000
TEST_ROW_BYTES = 1024**2  # of a row's JSON
TEST_ROW_FILES = 20
TEST_ROW_KEY = 128
TEST_TURNS = 100
TEST_REPEATS = 100
TEST_TAG = 64
TEST_IMPORT_BYTES = 20 * 1024**2
TEST_YAML_BYTES = 4 * 1024**2  # PyYAML needs half a second for each MB
EXPERIMENT_VARIANTS = 8
EXPERIMENT_REPEATS = 100
EXPERIMENT_AT_ONCE = 32
EXPERIMENT_CELLS = 100_000
EXPERIMENT_DOLLARS = 1_000_000
EXPERIMENT_ATTEMPTS = 8  # of a cell, after faults of the model's endpoint
GATE_DAYS = 365  # for which an experiment may count at most
GATE_ROWS = 1000  # that a gate requires
EXPERIMENT_REPLY_TOKENS = 4096  # in a budget, for variants without a limit of their own
