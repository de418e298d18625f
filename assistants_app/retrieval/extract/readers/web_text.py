"""Text of a member that is a web page, a web archive or plain text."""

import email
import email.policy

from assistants_app.retrieval.extract.document import Builder
from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.html import write_html

RTF = b"{\\rtf"
HEAD = 1024


def write_web_text(builder: Builder, data: bytes, limits: Limits) -> None:
    """Add the text of a page, of a web archive (MHT) or of a text file. RTF is left out."""
    start = data[:HEAD].lstrip().lower()
    if start.startswith(RTF):
        return
    if b"mime-version:" in start:
        message = email.message_from_bytes(data, policy=email.policy.default)
        page = message.get_body(preferencelist=("html", "plain"))
        content = page.get_payload(decode=True) if page is not None else b""
        data = content if isinstance(content, bytes) else b""
        start = data[:HEAD].lstrip().lower()
    text = decode(data)
    if start.startswith((b"<", b"\xef\xbb\xbf<")):
        write_html(builder, text, limits)
    else:
        builder.block(text)
