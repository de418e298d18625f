"""E-mail addresses for which somebody has vouched."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class VerifiedAddress(models.Model):
    """An address that belongs to a person, as an operator or a trusted provider says.

    People write any address into their account. Only these ones join an account to a sign-in.
    """

    # In lower case.
    email = models.CharField(max_length=254, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verified_addresses"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "verified_address"

    def __str__(self) -> str:
        return f"{self.email} of {self.user}"
