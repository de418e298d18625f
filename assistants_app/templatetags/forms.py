"""Fields that forms need beside what people fill in."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assistants_app.domain.ids import new_id

register = template.Library()


@register.simple_tag(name="form_id")
def render_form_id() -> SafeString:
    """Return a hidden field with an ID for this form, for a view that is `done_once`."""
    return format_html('<input type="hidden" name="form_id" value="{}">', new_id("form"))
