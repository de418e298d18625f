"""Markdown: the source stays, whatever it contains."""

from tests.retrieval.corpus.cases import Case, Corpus
from tests.retrieval.corpus.kept_files import kept

SOURCE, HEADINGS = "the source as it is", "headings"


def same(name: str, source: str, shows: str = SOURCE, language: str = "") -> Case:
    """Return a case whose text is its source."""
    return Case(name, source, (source,), shows=shows, language=language)


CASES = (
    Case("by-a-person-for-pandoc", lambda: kept("pandoc.md"),
         ("H~2~O and there are 10^6^ grains.[^n]", "3. third thing", "| Copper pipe | 12 |")),
    same("html-inside", "10<sup>6</sup> of H<sub>2</sub>O<br>\n<details><summary>More</summary>\n"),
    same("lists-with-numbers", "7. seven\n8. eight\n   - inner\n\n1986\\. A great year\n"),
    same("tables", "| a | b |\n|---|--:|\n| 1 | 2,50 € |\n"),
    same("fences", "# One\n\n```python\n# no heading\nx = {'a': [1, 2]}\n```\n\n~~~\n## no\n~~~\n",
         HEADINGS),
    same("headings-of-both-kinds", "One\n===\n\nTwo\n---\n\n### Three ###\n", HEADINGS),
    same("front-matter", "---\ntitle: Kranich\ntags: [a, b]\n---\n\n# Title\n"),
    same("formulas", "$E = mc^2$ and $$\\frac{a}{b+1}$$ cost $5\n"),
    same("links-and-images", "[site](https://example.org/a_(b)) ![picture](a.png \"title\")\n"),
    same("notes", "A fact[^1].\n\n[^1]: The reason.\n"),
    same("tasks", "- [x] done\n- [ ] open\n"),
    same("hebrew", "# כותרת\n\nמכרה 1250 יחידות (כולל Kranich) בשנת 2023.\n", language="Hebrew"),
    same("chinese", "## 标题\n\n见 https://example.com/docs。谢谢\n", language="Chinese"),
    same("a-fence-that-never-ends", "```\n# not a heading\n" + "text\n" * 50),
    same("deep-quotes", ">" * 3000 + " deep\n"),
    same("many-brackets", "[" * 20_000 + "\n"),
    Case("windows-line-ends", b"# One\r\n\r\ntext\r\n", ("# One\n\ntext\n",)),
    Case("a-mark-at-the-start", b"\xef\xbb\xbf# One\n", ("# One",), ("\ufeff",)),
    Case("nothing", "\n\n", error="no text"),
    Case(
        "german-of-windows",
        "# Größe\n\nüber 5 mm\n".encode("cp1252"),
        ("# Größe\n\nüber 5 mm",),
        shows="encodings without a mark",
        language="German",
        encoding="cp1252",
    ),
    Case(
        "chinese-of-windows",
        "# 合同\n\n今天的天气很好\n".encode("gb18030"),
        ("# 合同\n\n今天的天气很好",),
        language="Chinese",
        encoding="gb18030",
    ),
    Case(
        "korean-of-windows",
        "# 계약서\n\n오늘은 날씨가 좋습니다\n".encode("cp949"),
        ("# 계약서\n\n오늘은",),
        language="Korean",
        encoding="cp949",
    ),
    Case(
        "right-to-left",
        "# שלום\n\nمرحبا بالعالم\n",
        ("# שלום\n\nمرحبا بالعالم",),
        shows="right-to-left text",
        language="Arabic",
    ),
    Case(
        "one-bad-byte",
        "# Łódź\n\nżółć\n".encode() + b"\x92\n",
        ("# Łódź\n\nżółć\n",),
        shows="damaged bytes",
    ),
    Case("seven-hashes", "####### none\n#none\n", ("####### none\n#none",)),
    Case(
        "very-long-heading",
        "# " + "word " * 5_000 + "\nend",
        ("word word", "\nend"),
        shows="long lines",
    ),
    Case("only-a-heading", "#\n", ("#",)),
    Case("declared", "# One\n", ("# One",), filename="README", content_type="text/markdown"),
    Case("white-space", " \n\t\n", error="no text"),
)  # fmt: skip
CORPUS = Corpus("md", "Markdown", CASES)
