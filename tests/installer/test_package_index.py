"""uv looks for packages where pip is configured to look."""

import pytest

from installer.package_index import pip_settings, uv_environment

LISTING = """\
:env:.default-timeout='20'
global.index-url='https://mirror.example/simple'
global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'
global.find-links='/wheels /more'
global.cert='/etc/company.pem'
install.index-url='https://user:secret@mirror.example/simple'
freeze.timeout='10'
"""


def test_the_strongest_section_of_pips_configuration_wins() -> None:
    found = pip_settings(LISTING)
    assert found["index-url"] == "https://user:secret@mirror.example/simple"
    assert found["default-timeout"] == "20"
    assert "timeout" not in found  # that of another command


def test_every_setting_has_uvs_name() -> None:
    found = uv_environment(pip_settings(LISTING), {"PATH": "/bin"})
    assert found["PATH"] == "/bin"
    assert found["UV_DEFAULT_INDEX"] == "https://user:secret@mirror.example/simple"
    assert found["UV_INDEX"] == "https://a.example/simple https://b.example/simple"
    assert found["UV_FIND_LINKS"] == "/wheels,/more"
    assert found["SSL_CERT_FILE"] == "/etc/company.pem"
    assert found["UV_HTTP_TIMEOUT"] == "20"


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_what_is_configured_for_uv_wins(name: str) -> None:
    pip = {"index-url": "https://pips.example/simple"}
    found = uv_environment(pip, {name: "https://uvs.example/simple"})
    assert found[name] == "https://uvs.example/simple"
    assert "https://pips.example/simple" not in found.values()


def test_lines_that_are_no_settings_are_skipped() -> None:
    assert pip_settings("WARNING: something\nglobal.proxy=not a literal\n\n") == {}
