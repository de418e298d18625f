"""A store with the passages of all languages."""

from django.core.management import call_command

from assistants_app.domain.ids import new_id
from assistants_app.gateway.embedders import embedder_of
from assistants_app.models import Chunk, File, Project, VectorStore, VectorStoreFile
from assistants_app.retrieval.chunk import Chunk as TextChunk
from assistants_app.services.stores.indexing import Indexed, claim_file, complete_file
from tests.bench.languages import LANGUAGES, corpus_of


def made_store(model: str) -> tuple[VectorStore, dict[str, list[int]]]:
    """Return the store, with vectors of this model, and the ids of each language's chunks."""
    call_command("migrate", verbosity=0)
    project = Project.objects.create(name=model)
    store = VectorStore.objects.create(project=project, embedding_model=model)
    ids = {}
    for language in LANGUAGES:
        passages = corpus_of(language).passages
        file = File.objects.create(
            id=new_id("file", "-"), project=project, filename=f"{language}.txt", bytes=1
        )
        VectorStoreFile.objects.create(store=store, file=file)
        row = claim_file(owner="bench")
        assert row is not None
        chunks = [
            TextChunk(at, text, 0, len(text), 0, None, ()) for at, text in enumerate(passages)
        ]
        indexed = Indexed(chunks, embedder_of(model).embed(passages), model)
        complete_file(row_id=row.pk, owner="bench", indexed=indexed)
        mine = Chunk.objects.filter(store_file=row).order_by("index")
        ids[language] = list(mine.values_list("pk", flat=True))
    return store, ids
