"""The code interpreter: runs Python that the model writes in the thread's session."""

import json
from typing import Any

from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.models import Run
from assistants_app.queries.runs.code_sessions import input_files
from assistants_app.sandbox.guest.libraries import LIBRARIES
from assistants_app.tools.code_interpreter.call import CodeCall
from assistants_app.tools.code_interpreter.names import described, names_in_session
from assistants_app.tools.code_interpreter.words import words_for_model
from assistants_app.wire.runs.steps import RESULT, code_result

DESCRIPTION = (
    "Runs Python in a Jupyter-like session that keeps its variables between calls. The value of "
    "the last expression is shown; matplotlib figures are shown to the user, and draw every script "
    f"without setting a font. Available: {LIBRARIES}. Nothing else can be installed; there is no "
    "network. Make PDF files with reportlab (letters beyond Latin need a registered font: TTFont "
    "from /opt/sandbox/fonts, or UnicodeCIDFont('STSong-Light') and its kind for Chinese, Japanese "
    "and Korean), Word files with python-docx, Excel files with openpyxl or xlsxwriter, slides "
    "with python-pptx. Plotly can only save HTML (write_html). Files are in /mnt/data. To give the "
    "user a file, save it there and link to it in your answer as [its name]"
    "(sandbox:/mnt/data/its_name). If code fails, read the error and try again."
)
# Each name costs tokens in every request; the code can list the folder.
FILES_NAMED = 50


class CodeInterpreter:
    """See :class:`assistants_app.tools.tool.Tool`."""

    type = CODE_INTERPRETER

    def definition(self, run: Run) -> dict[str, Any]:
        """Return a function with one argument, whose description names the user's files."""
        names = described(names_in_session(input_files(run)))
        there = ""
        if names:
            more = f" and {len(names) - FILES_NAMED} more" if len(names) > FILES_NAMED else ""
            there = f" The user's files: {', '.join(names[:FILES_NAMED])}{more}."
        code = {"type": "string", "description": "Python source code"}
        return {
            "type": FUNCTION,
            "function": {
                "name": self.type,
                "description": DESCRIPTION + there,
                "parameters": {
                    "type": "object",
                    "properties": {"code": code},
                    "required": ["code"],
                },
            },
        }

    def begin(self, call_id: str) -> CodeCall:
        """Return a call whose code has not arrived yet."""
        return CodeCall(call_id)

    def arguments(self, details: dict[str, Any]) -> str:
        """Return the arguments of an earlier call."""
        return json.dumps({"code": details[CODE_INTERPRETER]["input"]})

    def result(self, details: dict[str, Any]) -> str:
        """Return the outputs and files of an earlier call in words."""
        outputs = details[CODE_INTERPRETER]["outputs"]
        return words_for_model(outputs, details.get(RESULT) or code_result("ok"))
