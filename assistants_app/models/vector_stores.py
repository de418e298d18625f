"""Vector stores, the files in them, and the passages that are searched."""

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

# How words are brought to their stems. Words of other languages are at least the same on both
# sides, the passage's and the question's.
LANGUAGE = "english"
# A passage's words, and the id of its store as one more of them: so one index answers which
# passages of this store have that word, without a look at those of other stores.
CHUNK_WORDS = Func(
    "heading",
    "text",
    template=f"to_tsvector('{LANGUAGE}'::regconfig, %(expressions)s)"
    " || array_to_tsvector(ARRAY[store_id::text])",
    arg_joiner=" || ' ' || ",
    output_field=SearchVectorField(),
)
# Dimensions of embeddings that have an index; those of others are compared one by one.
INDEXED_DIMENSIONS = (384, 512, 768, 1024, 1536, 2048, 3072)


class VectorStore(models.Model):
    """Its counts and its size are sums over its files, and its state follows from them."""

    id = id_field("vs")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="vector_stores")
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=limits.NAME, default="", blank=True)
    description = models.CharField(max_length=limits.DESCRIPTION, default="", blank=True)
    metadata = models.JSONField(default=dict)
    last_active_at = models.DateTimeField(default=timezone.now)
    expires_after_days = models.IntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    # Whether the sweeper has removed its passages, which it does once its time is over.
    emptied = models.BooleanField(default=False)
    # The model that new passages are embedded with; what a file has is in the file's row.
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
    """Files that were attached together."""

    id = id_field("vsfb")
    store = models.ForeignKey(VectorStore, on_delete=models.CASCADE, related_name="batches")
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "file_batch"

    def __str__(self) -> str:
        return self.id


class VectorStoreFile(models.Model):
    """A file in a store. While `pending`, it waits for an indexer or is in one's hands: the lease
    names that one. A file whose passages are replaced keeps the old ones until then.
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
            models.Index(
                fields=["store", "status"],
                include=["usage_bytes", "chunk_count"],
                name="vector_store_file_counts",
            ),
            models.Index(fields=["store", "id"], name="vector_store_file_page"),
            models.Index(fields=["batch", "id"], name="vector_store_file_of_batch"),
            models.Index(
                fields=["priority", "id"],
                condition=models.Q(pending=True),
                name="vector_store_file_pending",
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
    """A passage of a file: characters `start` to `end` of its text.

    Embeddings of any dimension share the column; each usual dimension has an index of its own
    (docs/adr/0008). `store_id` repeats the file's, so that the indexes can tell
    stores apart.
    """

    id = models.BigAutoField(primary_key=True)
    store_id = reference_field()
    store_file = models.ForeignKey(
        VectorStoreFile, on_delete=models.CASCADE, related_name="chunks", db_index=False
    )
    index = models.IntegerField()
    text = models.TextField()
    start = models.IntegerField()
    end = models.IntegerField()
    # None for passages that were made before it was kept.
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
            # Without a list of new words that each search would read from start to end.
            GinIndex(fields=["words"], name="chunk_words", fastupdate=False),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store_file", "index"], name="chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.store_file_id}[{self.index}]"
