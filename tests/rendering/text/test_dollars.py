"""Dollars are money, code or the signs of a formula."""

import pytest

from assistants_app.rendering.text.markdown import render_markdown


@pytest.mark.parametrize(
    "text",
    [
        "**$TSLA** and **$AAPL** rose",
        "Unit price: $12.50 ($/kg)",
        "set $HOME/$USER",
        "PATH=$PATH:$HOME/bin",
        "the US$/EUR and US$/GBP rates",
        # Money
        "US$5 to US$6, A$5, R$6/R$7 and NT$100",
        "$5-$10, $5/$6, $-5/$-6 and ($3k–$5k)",
        "costs $5, not 6$",
        "between $5 million$ and less",
        "价格$5，总价10$",
        "$/kg or $/lb",
        # Shell
        "$(pwd)/$(date) and ${a}/${b} or ${a}${b}",
        "echo $a$b $1$2 $_/$_ $@ $# $$",
        "$HOME and $MY_PATH is set to 5$",
        '"$a" and "$b"',
        "'$' and '$'",
        # PHP, Perl, JavaScript, sheets and patterns
        '$a . "$" . $b',
        "my ($a, $b) = @_; $x->{a}; $h{$k}",
        "$this->name.$this->id",
        "$('a').hide();$('b')",
        "$A$1:$B$10",
        "/^foo$/ and /^bar$/",
        # Code has no formulas
        "`$x$` and `\\(x\\)`",
        "```latex\n$x$ \\[y\\]\n```",
        "    $x$",
        "<code>$x$</code>",
        "\\$x\\$",
    ],
)
def test_these_dollars_are_text(text: str) -> None:
    assert "data-tex" not in render_markdown(text)


@pytest.mark.parametrize(
    "tex",
    [
        *("x", "x^2 + y", "E = mc^2", "\\alpha", "5", "2x + 3", "f'", "[0, 1)", "|x|", "n!", "+"),
        *("sin(x)", "2 sin x", "speed = distance / time", "PQ = QR", "x_{max value}", "5 cm"),
        *(
            "\\text{if a b}",
            "\\{1, 2\\}",
            "a \\$ b",
            "x \\in [0,1[",
            "O(n \\log n)",
            "\\frac{1}{2}",
        ),
        *("a < b", "P(A|B)", "x \\mapsto \\text{a; b}", "a, b, c", "10\\%"),
    ],
)
def test_formulas_are_formulas(tex: str) -> None:
    shown = tex.replace("<", "&lt;").replace("'", "'")
    for text in ("{}", "the {}-th, {}.", "({}) **{}**", "其中{}是变量", "| {} |\n|---|"):
        html = render_markdown(text.replace("{}", f"${tex}$"))
        if "|" in tex and text.startswith("|"):
            continue  # the cell ends there
        assert html.count(f'data-tex="{shown}"') == text.count("{}")
    assert f'data-tex="{shown}"' in render_markdown(f"so $$ {tex} $$ holds")


@pytest.mark.parametrize("text", ["the $n$th", "in $3$D", "the $x$s"])
def test_a_formula_in_a_word(text: str) -> None:
    assert "data-tex" in render_markdown(text)
