"""Files, and uploads that become files. Their bytes are in the storage, under their ids."""

from django.db import models
from django.db.models.functions import MD5
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import id_field, reference_field
from assistants_app.models.projects import Project


class File(models.Model):
    """A file of a project."""

    # The bytes are written before the row and removed after it, so a row always has its bytes
    # (docs/adr/0005).

    id = id_field("file", "-")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="files")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    filename = models.CharField(max_length=limits.FILE_NAME)
    purpose = models.CharField(max_length=32)
    mime_type = models.CharField(max_length=255)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=16, default="processed")

    class Meta:
        db_table = "file"
        indexes = [
            # With the sizes, so that a project's total needs no look at the rows.
            models.Index(fields=["project", "id"], include=["bytes"], name="file_page"),
            models.Index(fields=["project", "purpose", "id"], name="file_by_purpose"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="file_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class FormerFileName(models.Model):
    """The name of a file that something had: the deleted file itself, a vector store, or a thread.

    Texts of threads can still contain it, and share links can hide it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    owner_id = reference_field()
    name = models.CharField(max_length=limits.FILE_NAME)

    class Meta:
        db_table = "former_file_name"
        constraints = [
            # By a hash, because a name can be too long for an index.
            models.UniqueConstraint("owner_id", MD5("name"), name="former_file_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A file that is sent in parts."""

    id = id_field("upload")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=16, default="pending")
    filename = models.CharField(max_length=limits.FILE_NAME)
    purpose = models.CharField(max_length=32)
    mime_type = models.CharField(max_length=255)
    bytes = models.BigIntegerField()
    file_expires_after = models.IntegerField(null=True)  # seconds
    file = models.ForeignKey(File, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "upload"
        indexes = [
            models.Index(
                fields=["expires_at"], condition=models.Q(status="pending"), name="upload_expiry"
            ),
            models.Index(
                fields=["project"], condition=models.Q(status="pending"), name="upload_pending"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=("pending", "completed", "cancelled", "expired")),
                name="upload_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.status})"


class UploadPart(models.Model):
    id = id_field("part")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    created_at = models.DateTimeField(default=timezone.now)
    bytes = models.BigIntegerField()

    class Meta:
        db_table = "upload_part"

    def __str__(self) -> str:
        return self.id
