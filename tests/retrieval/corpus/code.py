"""Source code, which stays as it is."""

import yaml

from tests.retrieval.corpus.cases import Case, Corpus

AS_IT_IS = "text as it is"
CASES = (
    Case(
        "python",
        "def f(x):\n    return  x  # twice\n",
        ("def f(x):\n    return  x  # twice",),
        shows=AS_IT_IS,
    ),
    Case(
        "python-of-1999",
        "# -*- coding: latin-1 -*-\nNAME = 'Müller'\n".encode("latin-1"),
        ("NAME = 'Müller'",),
        shows="encodings that the file names",
        language="German",
        encoding="latin-1",
    ),
    Case(
        "python-of-moscow",
        "# coding: koi8-r\nx = 'чай'\n".encode("koi8-r"),
        ("x = 'чай'",),
        language="Russian",
        encoding="koi8-r",
    ),
    Case(
        "css-with-a-charset",
        '@charset "iso-8859-15";\np::before { content: "€"; }\n'.encode("iso-8859-15"),
        ('content: "€"',),
        filename="x.css",
    ),
    Case(
        "c-with-tabs", "int main(void) {\n\treturn 0;\n}\n", ("{\n\treturn 0;\n}",), filename="x.c"
    ),
    Case(
        "c-sharp-with-a-mark",
        "\ufeffusing System;\r\nclass A {}\r\n",
        ("using System;\nclass A {}",),
        ("\ufeff",),
        filename="x.cs",
    ),
    Case(
        "go",
        'package main\n\nfunc main() { println("世界") }\n',
        ('println("世界")',),
        filename="x.go",
    ),
    Case(
        "java-of-japan",
        "// 商品の在庫\nclass A {}\n".encode("cp932"),
        ("// 商品の在庫",),
        filename="x.java",
        language="Japanese",
        encoding="cp932",
    ),
    Case(
        "java-of-china",
        "// 这是一个测试\nclass A {}\n".encode("gb18030"),
        ("// 这是一个测试",),
        filename="x.java",
        language="Chinese",
        encoding="gb18030",
    ),
    Case(
        "javascript-in-one-line",
        "var a=1;" * 20_000 + "end()",
        ("var a=1;end()",),
        filename="x.js",
        shows="long lines",
    ),
    Case(
        "typescript",
        "const f = <T,>(x: T) => x;\n",
        ("<T,>(x: T)",),
        filename="x.ts",
        shows="signs of markup",
    ),
    Case(
        "php-with-html",
        "<?php echo '<b>hi</b>'; ?>\n<p>Text</p>\n",
        ("<?php echo '<b>hi</b>'; ?>", "<p>Text</p>"),
        filename="x.php",
        shows="signs of markup",
    ),
    Case(
        "ruby-with-data",
        "puts DATA.read\n__END__\nKranich\n",
        ("__END__\nKranich",),
        filename="x.rb",
    ),
    Case(
        "shell-with-escapes",
        "#!/bin/sh\nprintf '\\033[1m'\necho \x1b[0m\n",
        ("#!/bin/sh", "echo"),
        filename="x.sh",
        shows="control characters",
    ),
    Case(
        "c-with-form-feeds",
        "int a;\n\x0c\nint b;\n",
        ("int a;", "int b;"),
        ("\x0c",),
        filename="x.c",
        shows="control characters",
    ),
    Case(
        "c-plus-plus-with-a-bad-byte",
        b"// caf\xc3\xa9 \xff ok\nint a;\n",
        ("// café \ufffd ok\nint a;",),
        filename="x.cpp",
        shows="damaged bytes",
    ),
    Case(
        "merge-conflict",
        "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
        ("<<<<<<< ours\na\n=======\nb",),
    ),
    Case(
        "sql-by-its-text",
        "SELECT 1; -- naïve\n",
        ("SELECT 1; -- naïve",),
        filename="x.sql",
        shows="extensions of other languages",
    ),
    Case("rust-by-its-text", "fn main() {}\n", ("fn main() {}",), filename="x.rs"),
    Case("yaml-by-its-text", "a:\n  - Łódź\n", ("a:\n  - Łódź",), filename="x.yaml"),
    Case("a-makefile", "all:\n\techo hi\n", ("all:\n\techo hi",), filename="Makefile"),
    Case("a-log", "12:00 started\n12:01 ended\n", ("12:00 started",), filename="server.log"),
    Case(
        "bytecode",
        b"\xa7\r\r\n\0\0\0\0\x01\x02\x03\x04\x05\x06\xe3" + bytes(range(128)),
        error="aren't supported",
        filename="x.pyc",
        shows="binary files",
    ),
    Case("bytecode-by-another-name", bytes(range(256)), error="binary data"),
    Case(
        "properties-with-escapes",
        "# Größe\ncity=\\u0141\\u00f3d\\u017a\nequals=a\\u003db \\\\u017c\n".encode("latin-1"),
        ("# Größe\ncity=Łódź\nequals=a\\u003db \\\\u017c",),
        filename="x.properties",
        shows="escaped letters",
        encoding="latin-1",
    ),
    Case(
        "properties-in-utf-8",
        "città=Forlì\nnome=Żółw\n",
        ("città=Forlì\nnome=Żółw",),
        filename="x.properties",
    ),
    Case(
        "yaml-with-escapes",
        yaml.dump({"imię": "Żółw " * 30, "ścieżka": 'C:\\xab "é" \x07\u2028', "b": ["😀", "a"]}),
        ("b:\n- ", '"😀"', '"imię": "', "Żółw " * 30, r'"ścieżka": "C:\\xab \"é\" \a\L"'),
        ("\\u", "\\U"),
        filename="x.yaml",
        writer="PyYAML",
        shows="escaped letters",
    ),
    Case(
        "yaml-as-people-write-it",
        'a: "é \\u00e9"\nrun: |\n  grep "\\xe9" file\n',
        ('a: "é \\u00e9"\nrun: |\n  grep "\\xe9" file',),
        filename="x.yml",
    ),
    Case(
        "yaml-with-quotes-in-texts",
        'run: |\n  grep "\\xe9" file\nplain: C:\\xe9\nsingle: \'\\xe9\'\nopen: "\\xe9',
        ('grep "\\xe9" file\nplain: C:\\xe9\nsingle: \'\\xe9\'\nopen: "\\xe9',),
        filename="x.yml",
    ),
)
CORPUS = Corpus("py", "Source code", CASES)
