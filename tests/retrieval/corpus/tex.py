"""LaTeX: the source stays, in sections by its headings."""

from tests.retrieval.corpus.cases import Case, Corpus
from tests.retrieval.corpus.kept_files import kept

SOURCE, HEADINGS = "the source as it is", "headings"


def same(name: str, source: str, shows: str = SOURCE, language: str = "") -> Case:
    """Return a case whose text is its source."""
    return Case(name, source, (source,), shows=shows, language=language)


CASES = (
    Case("by-pandoc", lambda: kept("pandoc.tex"),
         ("\\section{Parties and law}", "H\\textsubscript{2}O and there are 10\\textsuperscript{6}",
          "third thing", "Copper pipe & 12"), writer="pandoc"),
    same("formulas", "$10^{6}$ and \\[\\eta=\\frac{W_{net}}{Q_{in}}\\]\n"),
    same("sections", "\\part{A}\n\\chapter[short]{B long}\n\\section*{C}\n\\paragraph{D} text\n",
         HEADINGS),
    same("a-title-with-commands", "\\section{The \\emph{new} $x^2$}\nText.\n", HEADINGS),
    same("comments", "Text % a comment \\section{no}\n% another\n100\\% of it\n"),
    same("tables", "\\begin{tabular}{lr}\nItem & Price \\\\\nValve & 30 \\\\\n\\end{tabular}\n"),
    same("lists", "\\begin{enumerate}[start=3]\n\\item third\n\\end{enumerate}\n"),
    same("notes", "A fact\\footnote{The reason.} and \\cite[p.~7]{key}.\n"),
    same("verbatim", "\\begin{verbatim}\n\\section{no}  two  spaces\n\\end{verbatim}\n"),
    same("accents-as-commands", "Stra\\ss e, na\\\"{\\i}ve, \\'el\\`eve\n", language="German"),
    same("accents-as-letters", "Die Straße führt übers Gebirge.\n", language="German"),
    same("greek", "\\section{Εισαγωγή}\nΚαλημέρα.\n", language="Greek"),
    same("chinese", "\\section{引言}\n今天的天气很好。\n", language="Chinese"),
    same("braces-that-never-close", "\\section{" * 5000 + "\n"),
    same("many-backslashes", "\\" * 50_000 + "\n"),
    Case("latin-1", "\\usepackage[latin1]{inputenc}\nGrößen fällen auf.\n".encode("latin-1"),
         ("Größen fällen",), language="German", encoding="ISO-8859-1"),
    Case("windows-line-ends", b"\\section{One}\r\ntext\r\n", ("\\section{One}\ntext\n",)),
    Case("binary-data", bytes(range(256)) * 50, error="binary data"),
    Case("nothing", " \n", error="no text"),
)  # fmt: skip
CORPUS = Corpus("tex", "LaTeX", CASES)
