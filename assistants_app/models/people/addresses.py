"""E-mail addresses for which somebody has vouched."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class VerifiedAddress(models.Model):
    """An address that belongs to a person, as they have shown, or an operator or provider says.

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


class AddressLink(models.Model):
    """The link in a mail with which a person shows that the address is theirs."""

    # A person has one, and a new one replaces it.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="address_link",
    )
    # Only the SHA-256 of its token is stored.
    digest = models.CharField(max_length=64)
    email = models.CharField(max_length=254)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "address_link"

    def __str__(self) -> str:
        return f"for {self.email} until {self.expires_at}"
