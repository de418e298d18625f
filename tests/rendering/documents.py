"""Random markdown from a seed, harmless and hostile."""

import random

BLOCKS = [
    "# Title with `code`",
    "Some *text* with **bold**, ~~gone~~ and $120 and \\(x^2\\) and https://example.org/a_b.",
    "1. one\n2. two\n   continued\n3. three\n\n4. after a blank line",
    "- a\n  - nested\n- b",
    "```python\nfor i in x:\n    print(i)\n\n\nprint('<b>')\n```",
    "~~~\ntilde fence\n\nstill\n~~~",
    "| a | b |\n|---|:-:|\n| 1 | <script>2</script> |",
    "> quote\n> more\n\n> another",
    "<script>alert(1)</script>",
    '<img src=x onerror=alert(1)> <a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1)) [y](https://example.org) ![i](https://example.org/i.png)",
    "\\[\na\n- b\n= c\n\\]",
    "$$\nz^2\n$$",
    "Setext heading\n---",
    "***",
    "    indented code\n    more",
    "Unclosed **bold and `code",
    "```code``` at the start of a line",
    "````md\n```py\nx\n```\n````",
    "~~~~\n~~~\n~~~~",
    "$$ x\n- b\n$$",
    "\\[ a\n- b\n= c \\]",
    "\\[x\\] and text after it\n- item",
    "text\n\\[\nx\n\\]\nafter",
    "- item\n\n  ```py\n  x = 1\n\n  y\n  ```\n- next",
    "- \\[\n  x\n  \\]",
    "a | b\n--|--\n1 | 2\n3",
    "<details>\n<summary>More **x**</summary>\n\n- a <u>b\n\n```\n</details>\n```\n</details>",
    "<details open><summary>One line</summary>text</details> after",
    "CO<sub>2</sub> and <kbd>Ctrl<br>C</kbd> <u>not closed",
    "- item\n  <details>\n  inside\n\n  </details>\n- next",
    "**注意：**请看https://example.com/docs。谢谢 $HOME/$USER",
    "日本語のテキスト、絵文字 🎉 と *強調*。",
]
UNCLOSED = ["```js\nlet x = '", "\\[\na + b", "$$\na", "<details>\n\ntext\n\n- a"]


def document(seed: int) -> tuple[str, random.Random]:
    """Return a document, and the random generator with which to cut it."""
    source = random.Random(seed)
    blocks = source.sample(BLOCKS, source.randint(1, len(BLOCKS)))
    if source.random() < 0.3:
        blocks.append(source.choice(UNCLOSED))
    text = "".join(block + source.choice(["\n", "\n\n", "\n\n\n"]) for block in blocks)
    text = text.rstrip("\n") + source.choice(["", "\n"])
    return text.replace("\n", source.choice(["\n", "\n", "\r\n", "\r"])), source
