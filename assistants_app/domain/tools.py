"""The types of tools, as the API names them."""

from typing import Final

CODE_INTERPRETER: Final = "code_interpreter"
FILE_SEARCH: Final = "file_search"
FUNCTION: Final = "function"
BUILT_IN_TYPES: Final = (CODE_INTERPRETER, FILE_SEARCH)

# The key in a call's ``step_details`` that says how the call ended, if this server carried it out,
# or what answered it. Only the site shows it: the vendor's objects have no place for it.
RESULT: Final = "result"
