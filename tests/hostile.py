"""Hostile text: what makes code slow whose time is more than linear in the text."""

import time
from collections.abc import Callable, Iterator

SIZE = 100_000  # characters
STEPS = (300, 1_000, 4_000, 16_000, SIZE)
# CPU time of the test's own thread. Linear code takes milliseconds, and quadratic code seconds.
BOUND = 0.5
TRIES = 3  # a busy machine slows even this clock down


def _repeated(piece: str, end: str = "") -> Callable[[int], str]:
    return lambda size: piece * (size // len(piece)) + end


def _begun(start: str, piece: str, end: str) -> Callable[[int], str]:
    return lambda size: start + piece * (size // len(piece)) + end


def _nested(opening: str, closing: str) -> Callable[[int], str]:
    return lambda size: opening * (size // 2) + closing * (size // 2)


TEXTS: dict[str, Callable[[int], str]] = (
    {
        repr(piece): _repeated(piece, end)
        for piece, end in (
            *((sign, "x") for sign in "! \t\n?.,-_*+=#~<>&|/^%$@:;'\"`0aA\\\r\u00a0。é"),
            ("hi ", "x"),
            ("hi!! ", "x"),
            ("please ", ""),
            (" please,", "x"),
            ("ok" + " " * 50, "!"),
            ("what is ", ""),
            ("what" + " " * 90, "x"),
            ("can you " + " " * 60, "x"),
            ("a ", ""),
            ("a\n", ""),
            ("# #", "x"),
            (" #", "x"),
            ("# a\t", "x"),
            ("\\(", ""),
            ("\\[", "x"),
            ("\\[a\n", ""),
            ("\\u", "d8"),
            ("\\ud83d", "x"),
            ('{"', ""),
            ('"', "\\"),
            ("```\n", "x"),
            ("~~~ a\n", ""),
            ("【1:", ""),
            ("【1:2†", ""),
            ("【1:2†a】", "x"),
            ("](sandbox:/mnt/data/", "x"),
            ("sandbox:/mnt/data/a(", ""),
            ("sandbox:/mnt/data/(a)(", "x"),
            ("sandbox:/mnt/data/...", ""),
            ("{{", ""),
            ("{{ a ", "}"),
            ("{{a.b-c", "}}"),
            ("data:a/b", ";"),
            ("data:;a=b", ";base64"),
            ("%0", ""),
            ("%22", "x"),
            ("a/", ""),
            ("v1/", "x"),
            ("projects/", "x"),
            ("a; ", '"'),
            ('a="\\0', "x"),
            ("a.b[", "]"),
            ("\\section{", ""),
            ("\\section[a]{", "}"),
            ("<p>", ""),
            ("<!--", "x"),
            ("<a href=", ""),
            ("&#1", "x"),
            ("e\u0301", ""),
            ("\u200d", "x"),
            ("[![", "]"),
            ("**a", "x"),
            ("*a_", "x"),
            ("|a", "|"),
            ("|-", "\n"),
            ("- ", "x"),
            ("> ", "x"),
            ("1. ", "x"),
            ("$a", "x"),
            ("$$", "x"),
            ("https://a.", "x"),
        )
    }
    | {
        # One beginning, and then nothing but what it waits for.
        f"{start!r} {piece!r}": _begun(start, piece, end)
        for start, piece, end in (
            ("#", " ", "x"),
            ("# a", " ", "x"),
            ("# a", " #", "x"),
            ("what", " ", "x"),
            ("can you tell", " ", "x"),
            ("hi", " ", "x"),
            ("charset", " ", "="),
            ("data:a/b", ";a=b", ","),
            ("](sandbox:/mnt/data/", "()", ""),
            ("](sandbox:/mnt/data/", "(", ""),
            ("sandbox:/mnt/data/", ".", ""),
            ("{", '"', ""),
            ('{"code"', " ", "x"),
            ('{"tool":"', " ", "x"),
            ('{"reply":"', "\\", ""),
            ("\\[", "a\n", ""),
            ("```", "`", "x"),
            ("~~~", "~", "x"),
            ("=", " ", "x"),
            ("$", "a", ""),
            ("[a](", "<", ""),
            ("<!--", "-", ""),
        )
    }
    | {
        f"nested {opening} {closing}": _nested(opening, closing)
        for opening, closing in (
            "()",
            "[]",
            "{}",
            "<>",
            '""',
            "【】",
            ("[a](", ")"),
            ("\\[", "\\]"),
        )
    }
)


def slow_texts(entry: Callable[[str], object]) -> Iterator[str]:
    """Yield the names of the texts for which the entry takes more than linear time."""
    for name, text in TEXTS.items():
        for size in STEPS:
            taken = min(_tries(entry, text(size)))
            # Shorter texts first, so that a slow entry doesn't take minutes.
            if taken > BOUND:
                yield f"{name}: {taken:.2f} s for {size} characters"
                break


def _tries(entry: Callable[[str], object], text: str) -> Iterator[float]:
    for _ in range(TRIES):
        started = time.thread_time()
        entry(text)
        yield (taken := time.thread_time() - started)
        if taken <= BOUND:
            return
