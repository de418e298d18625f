"""The reading order of PDF pages with many kinds of layout."""

from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from assistants_app.retrieval.extract import Document, extract_file
from tests.retrieval import files


def document(made: FPDF, folder: Path) -> Document:
    made.output(str(folder / "a.pdf"))
    return extract_file(folder / "a.pdf", "a.pdf")


def page(size: int = 10) -> FPDF:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=size)
    return made


def lines_at(made: FPDF, left: float, top: float, lines: tuple[str, ...]) -> None:
    for index, line in enumerate(lines):
        made.text(left, top + 5 * index, line)


def test_three_columns_are_read_from_the_left(tmp_path: Path) -> None:
    made = page(8)
    for index in (2, 0, 1):
        lines_at(made, 10 + 65 * index, 20, tuple(f"{line} {index}" for line in files.LEFT))
    text = document(made, tmp_path).text
    assert [line.split()[-1] for line in text.strip().split("\n\n")] == ["0", "1", "2"]


def test_columns_whose_lines_are_not_level_are_kept_apart(tmp_path: Path) -> None:
    made = page()
    lines_at(made, 10, 20, files.LEFT * 3)
    lines_at(made, 110, 22, files.RIGHT * 3)
    text = document(made, tmp_path).text
    assert text.strip().split("\n\n") == [" ".join(files.LEFT * 3), " ".join(files.RIGHT * 3)]


def test_two_bands_of_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    made = page()
    for top, mark in ((30, "upper"), (80, "lower")):
        made.text(10, top - 10, f"The {mark} part begins with a line " + "through " * 9)
        lines_at(made, 10, top, (*files.LEFT[:3], f"and {mark} left it is, at the end."))
        lines_at(made, 110, top, (*files.RIGHT[:3], f"and {mark} right it is, at the end."))
    text = document(made, tmp_path).text
    marks = ["upper part", "upper left", "upper right", "lower part", "lower left", "lower right"]
    assert sorted(marks, key=text.index) == marks


def test_paragraphs_are_separated_and_their_lines_joined(tmp_path: Path) -> None:
    made = page()
    lines_at(made, 10, 20, files.LEFT)
    lines_at(made, 10, 50, files.RIGHT)
    text = document(made, tmp_path).text
    assert text == " ".join(files.LEFT) + "\n\n" + " ".join(files.RIGHT) + "\n\n"


def test_the_rotation_of_a_page_does_not_matter(tmp_path: Path) -> None:
    made = page()
    lines_at(made, 10, 20, files.LEFT)
    made.output(str(tmp_path / "upright.pdf"))
    data = (tmp_path / "upright.pdf").read_bytes()
    for turn in (b"90", b"180", b"270"):
        # This makes the table of offsets wrong. PDF readers then search for the objects.
        turned = data.replace(b"/Type /Page\n", b"/Type /Page\n/Rotate %s\n" % turn)
        assert turned != data
        (tmp_path / "a.pdf").write_bytes(turned)
        assert (
            extract_file(tmp_path / "a.pdf", "a.pdf").text.split() == " ".join(files.LEFT).split()
        )


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_sideways_text_is_read_line_by_line(tmp_path: Path, angle: int) -> None:
    made = page()
    with made.rotation(angle, 100, 100):
        lines_at(made, 20, 100, files.LEFT)
    assert document(made, tmp_path).text == " ".join(files.LEFT) + "\n\n"


def test_the_outline_names_the_sections(tmp_path: Path) -> None:
    made = FPDF()
    made.set_font("helvetica", size=10)
    for chapter in ("Ports", "Peaks"):
        made.add_page()
        made.start_section(chapter)
        made.cell(0, 10, f"1 {chapter}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        made.start_section(f"More of {chapter}", level=1)
        made.cell(0, 10, f"More of {chapter}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        made.cell(0, 10, f"words about {chapter}")
    found = document(made, tmp_path)
    section = files.section_of(found, "words about Peaks")
    assert (section.page, section.headings) == (2, ("Peaks", "More of Peaks"))


def test_words_broken_at_the_end_of_a_line_are_whole(tmp_path: Path) -> None:
    made = page()
    made.text(10, 20, "This is one line of a paragraph that ends with a broken har\u00ad")
    made.text(10, 25, "bour and goes on in the following line until it is at its end.")
    assert "broken harbour and goes" in document(made, tmp_path).text


def test_running_titles_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    made = FPDF()
    for number in range(6):
        made.add_page()
        made.set_font("helvetica", size=10)
        made.text(10, 10, "A running title")
        lines_at(made, 10, 40, (f"Opening {number} of the page is its own.", *files.LEFT))
        made.text(100, 280, f"Page {number + 1} of 6")
    found = document(made, tmp_path)
    assert "running" not in found.text
    assert "of 6" not in found.text
    openings = [files.section_of(found, f"Opening {number}") for number in range(6)]
    assert [section.page for section in openings] == list(range(1, 7))
