"""Images of code and of messages, which open in full size."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString


def file_url(project_id: str, file_id: str) -> str:
    """Return the URL of a file's bytes on the site."""
    return reverse("file_content", args=[project_id, file_id])


def picture_id(file_id: str) -> str:
    """Return the ID of the element that shows the image in the card of its code."""
    return f"picture-{file_id}"


def image_figure(
    project_id: str, file_id: str, *, alt: str = "", element: str = "", inline: bool = False
) -> SafeString:
    """Return an image of a message or of code, which opens in full size.

    `element` is the ID of the figure. `inline`: the image is part of a line of text.
    """
    preview_url = reverse("file_preview", args=[project_id, file_id])
    url = file_url(project_id, file_id)
    return figure(url, preview_url, alt=alt, element=element, inline=inline)


def figure(
    url: str, preview_url: str = "", *, alt: str = "", element: str = "", inline: bool = False
) -> SafeString:
    """Return the image at `url`, which opens in full size if it has a preview."""
    context = {
        "url": url,
        "preview_url": preview_url,
        "alt": alt,
        "element": element,
        "root": "span" if inline else "figure",
    }
    return SafeString(" ".join(render_to_string("runs/_figure.html", context).split()))
