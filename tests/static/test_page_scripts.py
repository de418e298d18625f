"""A page loads one script, which behaves like its separate modules."""

import json
import re
import shutil
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from playground.page_scripts import join_modules
from playground.static_files import StaticFiles
from tests.live import ROOT
from tests.static.node import run_node

STATIC = ROOT / "static"
PAGES = sorted((STATIC / "js" / "pages").glob("*.js"))
ON_DEMAND = re.compile(r"""data-[\w-]+="\{% static '(js/[^']+)' %\}\"""")
MODULE_SCRIPT = re.compile(r"""<script type="module"[^>]*\{% static '([^']+)' %\}""")

MODULES = {
    "page.js": """
import "./first.js";
import {
  count,
  Counter,
} from "./parts/counter.js";
say(`page ${count()} ${new Counter().name}`);
const name = "page";
""",
    "first.js": """
import { count } from "./parts/counter.js";
const name = "first";
say(`${name} ${count()}`);
""",
    "parts/counter.js": """
import { START } from "../start.js";
let name = START;
say("counter");
export function count() {
  return (name += 1);
}
export class Counter {
  name = "class";
}
export async function* unused() {}
""",
    "start.js": "export const START = 40;\n",
}
SAID = ["counter", "first 41", "page 42 class"]


def said_by(program: Path) -> list[str]:
    load = f"globalThis.say = console.log; await import({json.dumps(program.as_uri())})"
    return run_node("--input-type=module", "--eval", load).splitlines()


def test_comments_are_not_sent() -> None:
    source = """
/** Say it. */
// One line.
const address = "http://x//y"; // beside code
/*
 * A long comment,
 // with another in it.
 */
  // indented

if (address) {
  say(`  ${address}`);
}
const text = "/* not a comment */";
"""
    assert join_modules("page.js", lambda _: source) == (
        'const address="http://x//y";if(address){say(`  ${address}`);}\n'
        'const text="/* not a comment */";\n'
    )


def test_what_looks_like_a_comment_or_white_space_is_sent(tmp_path: Path) -> None:
    source = """
const found = "a // b".replace(/ \\/\\/ /, ` /* ${1 + +"1"}
    `) + 'it"s // 1' + [4 / 2, 6].map((n) => n / 2 /* half */);
say(found);
"""
    joined = tmp_path / "joined.mjs"
    joined.write_text(join_modules("page.js", lambda _: source))
    assert said_by(joined) == ["a /* 2", '    bit"s // 11,3']


def test_joined_modules_behave_like_separate_ones(tmp_path: Path) -> None:
    for name, source in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    joined = tmp_path / "joined.mjs"
    joined.write_text(join_modules("page.js", MODULES.__getitem__))
    assert said_by(tmp_path / "page.js") == SAID
    assert said_by(joined) == SAID
    assert "import" not in joined.read_text()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('import * as all from "./page.js";\n', "cannot join"),
        ('import page from "./page.js";\n', "cannot join"),
        ("export default 1;\n", "cannot join"),
        ("export let changing = 1;\n", "cannot join"),
        ('import { itself } from "./page.js";\n', "import each other"),
        ('import { START, END } from "./start.js";\n', "start.js does not export END"),
        ('import { START as END } from "./start.js";\n', "does not export START as END"),
    ],
)
def test_unsupported_modules_are_refused(source: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        join_modules("page.js", {**MODULES, "page.js": source}.__getitem__)


def test_every_module_belongs_to_a_page_and_every_page_is_loaded(tmp_path: Path) -> None:
    reached: set[str] = set()

    def read(name: str) -> str:
        reached.add(name)
        return (STATIC / name).read_text(encoding="utf-8")

    for page in PAGES:
        joined = tmp_path / f"{page.stem}.mjs"
        joined.write_text(join_modules(page.relative_to(STATIC).as_posix(), read))
        run_node("--check", str(joined))
    ours = {path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js")}
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    on_demand = {name for text in templates for name in ON_DEMAND.findall(text)}
    # The others are classic scripts in base.html.
    classic = {"js/theme.js", "js/forms/early.js", "js/forms/under_way.js"}
    assert ours - reached == classic | on_demand
    # Files that are not joined would load what they import under names without a hash.
    assert not any(re.search(r"^import\b", read(name), re.MULTILINE) for name in on_demand)

    loaded = {name for text in templates for name in MODULE_SCRIPT.findall(text)}
    assert loaded == {page.relative_to(STATIC).as_posix() for page in PAGES}


def test_collected_page_scripts_have_hashes_and_no_imports(tmp_path: Path) -> None:
    shutil.copytree(STATIC / "js", tmp_path / "js")
    sources = FileSystemStorage(location=str(STATIC))
    names = [path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js")]
    storage = StaticFiles(location=str(tmp_path))
    list(storage.post_process({name: (sources, name) for name in names}))
    for page in PAGES:
        hashed = storage.hashed_files[page.relative_to(STATIC).as_posix()]
        assert re.fullmatch(r"js/pages/\w+\.[0-9a-f]{12}\.js", hashed)
        text = (tmp_path / hashed).read_text(encoding="utf-8")
        assert not re.search(r"^(import|export)\b", text, re.MULTILINE)


def test_no_script_asks_with_the_dialog_of_the_browser() -> None:
    scripts = (ROOT / "static/js").rglob("*.js")
    native = re.compile(r"(?<![\w.#/-])(?:window\.)?(?:confirm|alert|prompt)\(")
    found = [path.name for path in scripts if native.search(path.read_text("utf-8"))]
    assert found == []
