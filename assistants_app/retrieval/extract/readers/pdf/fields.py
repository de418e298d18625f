"""What lies on a PDF page beside its content: values of form fields, ticks and comments."""

import ctypes
import textwrap
from collections.abc import Callable, Iterator

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.document import one_line, printable
from assistants_app.retrieval.extract.readers.pdf.layout import Word

MOST_ANNOTATIONS = 20_000  # on a page
LONGEST_VALUE = 100_000  # characters
TICKED, UNTICKED = "☒", "☐"
HIDDEN = 2 | 32  # the flags "hidden" and "no view" of an annotation
MULTILINE, PASSWORD = 1 << 12, 1 << 13
TYPE_SIZE, LARGEST_TYPE = 0.75, 12.0  # of a field's letters: a share of its height, and points
LETTER_WIDTH, LINE_STEP = 0.5, 1.15  # multiples of the letters' size
MARKUP = {
    raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_UNDERLINE,
    raw.FPDF_ANNOT_SQUIGGLY, raw.FPDF_ANNOT_STRIKEOUT, raw.FPDF_ANNOT_CARET, raw.FPDF_ANNOT_STAMP,
    raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_LINE, raw.FPDF_ANNOT_POLYGON,
    raw.FPDF_ANNOT_POLYLINE, raw.FPDF_ANNOT_INK,
}  # fmt: skip


class Annotations:
    """The words that a page's form fields and text notes show, and its comments."""

    def __init__(self, page: pypdfium2.PdfPage, form: pypdfium2.PdfFormEnv | None) -> None:
        self.words: list[Word] = []
        self.comments: list[str] = []
        self.labelled: list[str] = []  # fields as "name: value", for pages without other words
        self._form = form
        for at in range(min(MOST_ANNOTATIONS, raw.FPDFPage_GetAnnotCount(page))):
            annotation = raw.FPDFPage_GetAnnot(page, at)
            if annotation:
                self._read(annotation)
                raw.FPDFPage_CloseAnnot(annotation)

    def _read(self, annotation: raw.FPDF_ANNOTATION) -> None:
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if kind == raw.FPDF_ANNOT_LINK or raw.FPDFAnnot_GetFlags(annotation) & HIDDEN:
            return
        if kind == raw.FPDF_ANNOT_WIDGET and self._form is not None:
            self._read_field(annotation, self._form)
        elif kind == raw.FPDF_ANNOT_FREETEXT:
            self.words += _words_in(_rectangle(annotation), _entry(annotation, "Contents"), True)
        elif kind in MARKUP:
            text = printable(_entry(annotation, "Contents")).strip()
            author = one_line(_entry(annotation, "T"))
            who = f"Comment ({author})" if author else "Comment"
            self.comments += [f"{who}: {text}"] if text else []

    def _read_field(self, annotation: raw.FPDF_ANNOTATION, form: pypdfium2.PdfFormEnv) -> None:
        kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        flags = raw.FPDFAnnot_GetFormFieldFlags(form, annotation)
        several_lines = False
        if kind in {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}:
            value = TICKED if raw.FPDFAnnot_IsChecked(form, annotation) else UNTICKED
        elif kind == raw.FPDF_FORMFIELD_TEXTFIELD and not flags & PASSWORD:
            several_lines = bool(flags & MULTILINE)
            value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        elif kind == raw.FPDF_FORMFIELD_COMBOBOX:
            value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        elif kind == raw.FPDF_FORMFIELD_LISTBOX:
            value = ", ".join(_chosen(form, annotation))
        else:
            return
        if value.strip():
            self.words += _words_in(_rectangle(annotation), value, several_lines)
            name = _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _string(
                raw.FPDFAnnot_GetFormFieldName, form, annotation
            )
            self.labelled.append(f"{one_line(name)}: {one_line(value)}")


def _chosen(form: pypdfium2.PdfFormEnv, annotation: raw.FPDF_ANNOTATION) -> Iterator[str]:
    for at in range(min(1000, raw.FPDFAnnot_GetOptionCount(form, annotation))):
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, at):
            yield _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, at)


def _entry(annotation: raw.FPDF_ANNOTATION, key: str) -> str:
    return _string(raw.FPDFAnnot_GetStringValue, annotation, key.encode())


def _string(function: Callable[..., int], *arguments: object) -> str:
    """Return the string that a function of PDFium writes into a buffer."""
    size = function(*arguments, None, 0)
    if not 2 < size <= 2 * LONGEST_VALUE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "ignore")


def _rectangle(annotation: raw.FPDF_ANNOTATION) -> raw.FS_RECTF:
    box = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, ctypes.byref(box))
    return box


def _words_in(box: raw.FS_RECTF, text: str, several_lines: bool) -> list[Word]:
    """Return the words of a value at about the places where a viewer draws them."""
    bottom, top = sorted((box.bottom, box.top))
    height = top - bottom
    size = max(1.0, min(LARGEST_TYPE, height if height else LARGEST_TYPE))
    lines = [line for line in printable(text).replace("\r", "\n").split("\n") if line.strip()]
    if several_lines:
        width = max(10, int((box.right - box.left) / (LETTER_WIDTH * size * TYPE_SIZE)))
        lines = [part for line in lines for part in textwrap.wrap(line, width) or [line]]
    else:
        lines = [one_line(" ".join(lines))]
        bottom += (height - size) / 2
        top = bottom + size
    words = []
    for number, line in enumerate(lines):
        high = top - number * LINE_STEP * size
        at = box.left
        for word in line.split():
            end = at + len(word) * LETTER_WIDTH * size
            words.append(Word(word, at, -high, end, -(high - size)))
            at = end + LETTER_WIDTH * size
    return words
