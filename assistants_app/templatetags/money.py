"""Amounts of money as text."""

from decimal import Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

register = template.Library()


@register.filter
def dollars(amount: Decimal | float, places: int = 4) -> str:
    """Return dollars such as "$0.0123" or "$12.50". `places` are those of an amount below $1."""
    value = Decimal(amount)
    if value == 0:
        return "$0.00"
    if round(value, places) == 0:
        return f"< ${Decimal(1).scaleb(-places):f}"
    rounded = round(value, places)
    return f"${intcomma(f'{round(value, 2):.2f}')}" if rounded >= 1 else f"${rounded:.{places}f}"
