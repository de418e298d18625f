"""HTML: what a visitor sees, from many kinds of pages."""

from tests.retrieval.corpus.cases import Case, Corpus
from tests.retrieval.corpus.kept_files import kept

LISTS, RAISED, FORMULAS, FORMS, DEPTH = (
    "numbers of lists",
    "raised and lowered digits",
    "formulas",
    "form fields and ticks",
    "deep nesting",
)
KATEX = (
    '<p>So <span class="katex"><span class="katex-mathml"><math><semantics><mrow><msup><mi>x</mi>'
    "<mn>2</mn></msup></mrow><annotation encoding='application/x-tex'>x^2</annotation></semantics>"
    '</math></span><span class="katex-html" aria-hidden="true">x2</span></span> holds.</p>'
)
MATHML = (
    "<p><math><mi>η</mi><mo>=</mo><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow>"
    "</mfrac></math> and <math><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow>"
    "<mi>n</mi></munderover><msub><mi>x</mi><mi>i</mi></msub></math> and <math><mn>1</mn><mfrac>"
    "<mn>1</mn><mn>2</mn></mfrac></math> and <math><mroot><mi>y</mi><mn>3</mn></mroot><mo>+</mo>"
    "<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt></math></p>"
)
CASES = (
    Case(
        "raised-and-lowered",
        "<h1>E = mc<sup>2</sup></h1><p>10<sup>6</sup>, H<sub>2</sub>O, 10<sup>−3</sup>, "
        "x<sup>n+1</sup>, 1<sup>st</sup>, M<sup>me</sup>, Brand<sup>TM</sup>, V<sub>max</sub>, "
        "log<sub>10</sub>, a claim<sup>[1]</sup></p><table><tr><th>5 m<sup>2</sup></table>",
        ("E = mc²", "10⁶, H₂O, 10⁻³, x^(n+1), 1st, Mme, Brand™, V_max, log₁₀, a claim[1]", "5 m²"),
        ("106",),
        shows=RAISED,
    ),
    Case(
        "raised-by-style",
        "<style>.up, p .x{vertical-align: super; font-size: 60%}.low{font-size:.58em;position:"
        "relative;top:0.33em}</style><p>10<span class=up>6</span> and CO<span class='low'>2</span> "
        "and 5 m<span style='vertical-align:super'>3</span>, <span style='position:relative;"
        "top:1px'>moved</span></p>",
        ("10⁶ and CO₂ and 5 m³, moved",),
        shows=RAISED,
        writer="Google Docs",
    ),
    Case(
        "exponents-in-pieces",
        "<p>10<sup>-</sup><sup>1<b>2</b></sup> and 2<sup>2<sup>3</sup></sup> and 10<sup> 4 </sup>"
        "end and <sup>3</sup> alone</p>",
        ("10⁻¹² and 2^(2³) and 10 ⁴ end and ³ alone",),
        shows=RAISED,
    ),
    Case("mathml", MATHML, ("η=a/(b+1) and ∑_(i=1)ⁿx_i and 1 1/2 and ∛y+√(a+b)",), shows=FORMULAS),
    Case("formulas-by-katex", KATEX, ("So x² holds.",), ("x2", "x^2"), shows=FORMULAS,
         writer="KaTeX"),
    Case(
        "numbers-of-lists",
        "<ol start=3 type=a><li>c<li value=7>g<ol type=I><li>one<li>two</ol><li>h</ol>"
        "<ol reversed><li>x<li>y<li>z</ol><ol style='list-style-type: lower-greek'><li>gamma</ol>"
        "<ol start=-1><li>below<li>zero</ol><ol start=nonsense><li>first</ol>",
        ("c. c\ng. g\n  I. one\n  II. two\nh. h", "3. x\n2. y\n1. z", "α. gamma",
         "-1. below\n0. zero", "1. first"),
        shows=LISTS,
    ),
    Case(
        "items-with-blocks-inside",
        "<ol><li><p>one</p><p>more</p></li><li><div>two</div></li><li><ol><li>inner</ol></li></ol>"
        "<ul><li>bullet<ul><li>deeper</ul></ul>",
        ("1. one\n\nmore\n\n2. two\n", "3. 1. inner", "- bullet\n  - deeper"),
        shows=LISTS,
    ),
    Case(
        "form-fields",
        "<form>Name <input value='Edda Berg'> <input type=checkbox checked> newsletter <input "
        "type=checkbox> ads <input type=radio checked name=a> post <input type=password "
        "value=secret><input type=hidden value=token><input type=submit value=Send> <select>"
        "<option>Chile<option selected>Norway</select><textarea>Long text</textarea></form>",
        ("Name Edda Berg ☒ newsletter ☐ ads ◉ post", "Norway", "Long text"),
        ("secret", "token", "Send", "Chile"),
        shows=FORMS,
    ),
    Case(
        "readings-of-characters",
        "<p><ruby>漢字<rt>かんじ</rt></ruby>と<ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp></ruby></p>",
        ("漢字(かんじ)と東(とう)",),
        language="Japanese",
    ),
    Case(
        "spans-of-cells",
        "<table><tr><th>a<th colspan=2>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5<tr><td "
        "colspan=99999999>c</table>",
        ("a | b\n1 | 2 | 3\n | 4 | 5\nc\n",),
    ),
    Case(
        "tables-in-tables",
        "<table><tr><td>menu<td><table><tr><td>Item<td>Price<tr><td>Valve<td>30</table></table>",
        ("menu", "Item | Price\nValve | 30"),
        times=1,
    ),
    Case(
        "cut-words-stay-whole",
        "<h2>One <b>wo</b>rd</h2><table><tr><td>ca<i>pit</i>al<br>next</table><p>Wi&shy;der</p>",
        ("One word", "capital next", "Wider"),
    ),
    Case(
        "preformatted",
        "<pre>if a:\n    b = 10<sup>3</sup>\n</pre>",
        ("if a:\n    b = 10³",),
        shows=RAISED,
    ),
    Case(
        "by-pandoc",
        lambda: kept("pandoc.html"),
        ("H₂O and there are 10⁶ grains.¹ See η=a/(b+1) and x_i².",
         "3. third thing\n4. fourth thing\n  a. inner one\n  b. inner two\n- a bullet",
         "Item | Price\nCopper pipe | 12", "1. A note about grains."),
        writer="pandoc",
        shows=FORMULAS,
    ),
    Case(
        "by-libreoffice",
        lambda: kept("libreoffice.html"),
        ("H₂O and there are 10⁶ grains.¹", "3. third thing", "  b. inner two", "Copper pipe | 12"),
        writer="LibreOffice",
        shows=LISTS,
    ),
    Case(
        "mixed-directions",
        "<p dir=rtl>מכרה 1250 יחידות (כולל Kranich) בשנת 2023.</p><p>الكتاب ١٢٣</p>",
        ("מכרה 1250 יחידות (כולל Kranich) בשנת 2023.", "الكتاب ١٢٣"),
        language="Hebrew",
    ),
    Case("300000-elements-deep", "<div>" * 300_000, error="nested too deeply", shows=DEPTH),
    Case("unclosed-elements", "<p>one<li>two<td>three" * 5000 + "<b>end",
         ("one", "two", "end"), shows=DEPTH),
    Case("nothing-to-see", "<script>let a = '<p>x</p>'</script><style>p{}</style>",
         error="no text"),
    Case("broken-markup", "<p>a < b & c &lt; d <b>bold<p>next</i> &#xD800; &unknown; end",
         ("a < b & c < d bold", "next", "&unknown; end")),
    Case("a-title",
         "<title>Żółw &amp;\n Kranich</title><h1>Birds</h1><svg><title>icon</title></svg><p>text",
         ("Żółw & Kranich\n\nBirds\n\ntext",), ("icon",), shows="titles"),
    Case("a-title-that-is-also-a-heading",
         "<title>Birds</title><p>Home</p><h1> Birds </h1><p>text",
         ("Home\n\nBirds\n\ntext",), times=1, shows="titles"),
    Case("buttons",
         "<h2><button>Is it open?</button></h2><p>Press<button type=button><b>Save</b></button>now"
         "<table><tr><td>a<button>b</button>c</table>",
         ("Is it open?\n\nPress Save now", "a b c"), shows="buttons"),
    Case("boxes-beside-words",
         "alfa<textarea>beta\ngamma</textarea>delta <a>link</a><textarea>x</textarea>"
         "one<img src=a>two<table><tr><td>a<textarea>b\nc</textarea></table>",
         ("alfa beta", "gamma delta link x one two", "a b c"), shows=FORMS),
    Case("hidden-by-a-style",
         "<p>seen<span style='color: red; DISPLAY :none!important'>secret</span>"
         "<div style='visibility:hidden'><p>secret</p></div>"
         "<p style='overflow:hidden; --display:none'>also seen",
         ("seen", "also seen"), ("secret",), shows="hidden elements"),
    Case("a-page-that-scripts-show",
         "<body style='display:none'><div style='display: none'><p>kept</p></div></body>",
         ("kept",), shows="hidden elements"),
)  # fmt: skip
CORPUS = Corpus("html", "HTML pages", CASES)
