"""Chunks that file search has shown to a model, with the marks that replies cite them by."""

from django.db import models

from assistants_app.domain import limits
from assistants_app.domain.search import citation_mark
from assistants_app.models.fields import reference_field
from assistants_app.models.threads import Thread


class Citation(models.Model):
    """The chunk at `place` in the results of the thread's search `number`.

    `start` and `end` are offsets in the file's text, in characters.
    """

    # A copy of the chunk and no foreign keys to it or its file, so that a reply's citations remain
    # when the file is changed, indexed again or deleted.
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="citations")
    number = models.IntegerField()
    place = models.IntegerField()
    file_id = reference_field()
    filename = models.CharField(max_length=limits.FILE_NAME)
    quote = models.TextField()
    heading = models.TextField(default="", blank=True)
    page = models.IntegerField(null=True)
    start = models.IntegerField()
    end = models.IntegerField()
    score = models.FloatField()

    class Meta:
        db_table = "citation"
        constraints = [
            models.UniqueConstraint(fields=["thread", "number", "place"], name="citation_once"),
        ]

    def __str__(self) -> str:
        return self.mark

    @property
    def mark(self) -> str:
        """Return the mark that the model copies into its reply, in the vendor's format."""
        return citation_mark(self.number, self.place, self.filename)
