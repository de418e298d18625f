"""Vector stores, their files, and the chunks that are searched."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func
from django.utils import timezone
from pgvector.django import HalfVectorField

from assistants_app.domain import index_status, limits
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.files import File
from assistants_app.models.projects import Project

# The language whose rules reduce words to stems. Words of other languages still match, because the
# same rules apply to the chunk and to the question.
LANGUAGE = "english"
# The words of a chunk, with the id of its store as one more word. So one index answers which chunks
# of a store have a word, without reading those of other stores (docs/adr/0008).
CHUNK_WORDS = Func(
    "heading",
    "text",
    template=f"to_tsvector('{LANGUAGE}'::regconfig, %(expressions)s)"
    " || array_to_tsvector(ARRAY[store_id::text])",
    arg_joiner=" || ' ' || ",
    output_field=SearchVectorField(),
)
# Dimensions with an index. Embeddings of other dimensions are compared one by one.
INDEXED_DIMENSIONS = (384, 512, 768, 1024, 1536, 2048, 3072)


class VectorStore(models.Model):
    """A vector store of a project."""

    # Without counts, size and state: they are sums over an index of the files, which take a
    # millisecond. With counters here, files that finish at the same time would wait for each other.
    id = id_field("vs")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="vector_stores")
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=limits.NAME, default="", blank=True)
    description = models.CharField(max_length=limits.DESCRIPTION, default="", blank=True)
    metadata = models.JSONField(default=dict)
    last_active_at = models.DateTimeField(default=timezone.now)
    expires_after_days = models.IntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    # Whether the sweeper has removed the chunks after the store has expired.
    emptied = models.BooleanField(default=False)
    # The model for new chunks. The model of a file's present chunks is in the file's row.
    embedding_model = models.CharField(max_length=256)

    class Meta:
        db_table = "vector_store"
        indexes = [
            models.Index(fields=["project", "id"], name="vector_store_page"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False, emptied=False),
                name="vector_store_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.id


class FileBatch(models.Model):
    """Files that were attached to a store together."""

    id = id_field("vsfb")
    store = models.ForeignKey(VectorStore, on_delete=models.CASCADE, related_name="batches")
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "file_batch"

    def __str__(self) -> str:
        return self.id


class VectorStoreFile(models.Model):
    """A file in a store.

    While `pending`, the file waits for an indexer or belongs to the one that the lease names. Old
    chunks remain until new ones replace them.
    """

    id = id_field("vsf")
    store = models.ForeignKey(VectorStore, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="in_stores")
    batch = models.ForeignKey(FileBatch, null=True, on_delete=models.SET_NULL, related_name="files")
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=16, default=index_status.IN_PROGRESS)
    last_error = WireField(null=True)
    attributes = models.JSONField(default=dict)
    max_chunk_tokens = models.IntegerField(default=800)
    overlap_tokens = models.IntegerField(default=400)

    usage_bytes = models.BigIntegerField(default=0)
    chunk_count = models.IntegerField(default=0)
    embedding_model = models.CharField(max_length=256, default="", blank=True)
    embedding_dimension = models.IntegerField(default=0)

    pending = models.BooleanField(default=True)
    priority = models.SmallIntegerField(default=index_status.ORDINARY)
    lease_owner = models.CharField(max_length=64, default="", blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        db_table = "vector_store_file"
        indexes = [
            # Answers the counts and the size of a store from the index alone.
            models.Index(
                fields=["store", "status"],
                include=["usage_bytes", "chunk_count"],
                name="vector_store_file_counts",
            ),
            models.Index(fields=["store", "id"], name="vector_store_file_page"),
            models.Index(fields=["batch", "id"], name="vector_store_file_of_batch"),
            models.Index(
                fields=["store", "priority", "id"],
                condition=models.Q(pending=True),
                name="vector_store_file_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "file"], name="vector_store_file_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=index_status.FILE_STATUSES),
                name="vector_store_file_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.store_id}"


class Chunk(models.Model):
    """A chunk of a file: the characters `start` to `end` of its text."""

    # Embeddings of any dimension share a column, and each usual dimension has a partial index
    # (docs/adr/0008). Indexes can only use columns of their own table, so `store_id` is repeated.

    id = models.BigAutoField(primary_key=True)
    store_id = reference_field()
    store_file = models.ForeignKey(
        VectorStoreFile, on_delete=models.CASCADE, related_name="chunks", db_index=False
    )
    index = models.IntegerField()
    text = models.TextField()
    start = models.IntegerField()
    end = models.IntegerField()
    # None for chunks from before this column existed.
    tokens = models.IntegerField(null=True)
    page = models.IntegerField(null=True)
    heading = models.TextField(default="", blank=True)
    embedding = HalfVectorField()
    words = models.GeneratedField(
        expression=CHUNK_WORDS, output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        db_table = "chunk"
        indexes = [
            # Without `fastupdate`, because every search would read the list of new words from start
            # to end.
            GinIndex(fields=["words"], name="chunk_words", fastupdate=False),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store_file", "index"], name="chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.store_file_id}[{self.index}]"
