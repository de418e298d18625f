"""Jupyter notebooks."""

import json
from typing import Any

from tests.retrieval.corpus.cases import Case, Corpus

IMAGE = "iVBORw0KGgoAAAANSUhEUgAA" * 20
ORDER = "cells in order"
ERRORS = "printed text and errors"
IMAGES = "no images"


def notebook(*cells: dict[str, Any], **options: Any) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, **options)


def markdown(source: str | list[str], **fields: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, **fields}


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": outputs, "execution_count": 7}


def printed(text: str | list[str], name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**forms: str | list[str]) -> dict[str, Any]:
    data = {name.replace("_", "/"): form for name, form in forms.items()}
    return {"output_type": "display_data", "data": data}


def failed(name: str, message: str, *traceback: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": traceback}


CASES = (
    Case(
        "letters",
        notebook(markdown("# Żółw"), code("imię = 'Łódź'", printed("Łódź\n"))),
        ("# Żółw", "imię = 'Łódź'", "Łódź"),
        ("\\u", "cell_type", "execution_count", '"'),
        writer="Jupyter's shape",
        shows=ORDER,
    ),
    Case(
        "lists-of-lines",
        notebook(code(["for i in range(2):\n", "    print(i)"], printed(["0\n", "1\n"]))),
        ("for i in range(2):\n    print(i)\n\n0\n1\n",),
        shows=ORDER,
    ),
    Case("raw-cells", notebook({"cell_type": "raw", "source": "left as is"}), ("left as is",)),
    Case(
        "images",
        notebook(
            code("plot()", shown(image_png=IMAGE, text_plain="<Figure size 640x480 with 1 Axes>"))
        ),
        ("plot()", "<Figure size"),
        (IMAGE[:24],),
        shows=IMAGES,
    ),
    Case(
        "attached-images",
        notebook(
            markdown("See ![a](attachment:a.png)", attachments={"a.png": {"image/png": IMAGE}})
        ),
        ("See ![a]",),
        (IMAGE[:24],),
        shows=IMAGES,
    ),
    Case(
        "images-in-the-text",
        notebook(markdown(f"before ![a](data:image/png;base64,{IMAGE}) after")),
        ("before", "after"),
        (IMAGE[:24], "base64"),
        shows=IMAGES,
    ),
    Case(
        "an-error",
        notebook(
            code("1 / 0", failed("ZeroDivisionError", "division by zero", "\x1b[0;31mZero\x1b[0m"))
        ),
        ("1 / 0", "Zero\n", "ZeroDivisionError: division by zero"),
        ("[0;31m",),
        shows=ERRORS,
    ),
    Case(
        "an-error-and-its-lines",
        notebook(code("f()", failed("KeyError", "'ż'", "line 1", "\x1b[31mKeyError\x1b[0m: 'ż'"))),
        ("f()", "line 1", "KeyError: 'ż'"),
        times=1,
        shows=ERRORS,
    ),
    Case(
        "a-progress-bar",
        notebook(code("fit()", printed(" 10 %\r 50 %\r100 %\ndone\n", "stderr"))),
        ("fit()", "100 %\ndone"),
        (" 10 %", " 50 %"),
        shows=ERRORS,
    ),
    Case(
        "a-table-in-two-forms",
        notebook(
            code("df", shown(text_html="<table><tr><td>Kranich</table>", text_plain="0  Kranich"))
        ),
        ("0  Kranich",),
        ("<table>",),
        shows="one form of each output",
    ),
    Case(
        "an-output-for-browsers-only",
        notebook(
            code(
                "show()",
                shown(
                    text_html="<p>Zwei <b>Kraniche</b></p>",
                    text_plain="<IPython.core.display.HTML object>",
                ),
            )
        ),
        ("show()", "Zwei Kraniche"),
        ("<b>", "IPython.core"),
        shows="one form of each output",
    ),
    Case(
        "version-3",
        json.dumps(
            {
                "nbformat": 3,
                "worksheets": [
                    {
                        "cells": [
                            {"cell_type": "heading", "level": 2, "source": ["Früher"]},
                            {
                                "cell_type": "code",
                                "input": "print 1",
                                "outputs": [
                                    {"output_type": "stream", "text": "1\n"},
                                    {"output_type": "display_data", "png": IMAGE, "text": "plot"},
                                    {"output_type": "pyerr", "ename": "OldError", "evalue": "x"},
                                ],
                            },
                        ]
                    }
                ],
            }
        ),
        ("Früher", "print 1", "1\n", "plot", "OldError: x"),
        (IMAGE[:24],),
        shows="older versions",
    ),
    Case(
        "cut-off",
        notebook(code("größe = 1", shown(image_png=IMAGE)))[:-40],
        ("größe = 1",),
        (IMAGE[:240],),
        shows="incomplete files",
    ),
    Case("not-a-notebook", '{"a": "\\u017c"}', ('{"a": "ż"}',), shows="incomplete files"),
    Case("deep", "[" * 100_000 + '"\\u017c"', ('"ż"',), shows="deep nesting"),
    Case(
        "fields-of-other-types",
        '{"cells": [1, {"cell_type": 2, "source": {"a": 1}, "outputs": "x"},'
        ' {"source": ["kept", 5], "outputs": [{"data": [], "text": 3}, null]}]}',
        ("kept",),
        shows="damaged files",
    ),
    Case(
        "declared",
        notebook(markdown("kept")),
        ("kept",),
        ("cells",),
        filename="notebook",
        content_type="application/x-ipynb+json",
    ),
    Case("no-cells", '{"cells": []}', error="no text"),
)
CORPUS = Corpus("ipynb", "Jupyter notebooks", CASES)
