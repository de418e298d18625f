"""Which embedding model the setting stands for."""

import pytest

from assistants_app import conf
from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.gateway import embedders
from assistants_app.retrieval.embed import BUNDLED, MULTILINGUAL, LocalModel


@pytest.mark.parametrize(
    ("setting", "model"),
    [("", BUNDLED.name), ("multilingual", MULTILINGUAL.name), ("text-large", "text-large")],
)
def test_the_setting_names_the_model_of_new_stores(
    monkeypatch: pytest.MonkeyPatch, setting: str, model: str
) -> None:
    monkeypatch.setattr(conf, "EMBEDDING_MODEL", setting)
    assert embedders.default_model() == model
    assert embedders.configured_models()[0] == model
    assert {BUNDLED.name, MULTILINGUAL.name} <= set(embedders.configured_models())


def test_a_model_that_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LocalModel, "is_installed", lambda self: self.english)
    assert embedders.configured_models() == [BUNDLED.name]
    with pytest.raises(EmbeddingError, match="EMBEDDING_MODEL=multilingual"):
        embedders._new_embedder(MULTILINGUAL.name)


def test_relevance_starts_at_the_cosine_of_unrelated_texts() -> None:
    assert embedders.relevance(BUNDLED.name, 0.6) == 0.6
    assert embedders.relevance(BUNDLED.name, -0.1) == 0.0
    assert embedders.relevance(MULTILINGUAL.name, 0.7) == 0.0
    assert embedders.relevance(MULTILINGUAL.name, 0.875) == pytest.approx(0.5)
    assert embedders.relevance("elsewhere", 0.5) == 0.5
