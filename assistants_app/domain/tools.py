"""The types of tools, as the API names them."""

from typing import Final

CODE_INTERPRETER: Final = "code_interpreter"
FILE_SEARCH: Final = "file_search"
FUNCTION: Final = "function"
BUILT_IN_TYPES: Final = (CODE_INTERPRETER, FILE_SEARCH)
