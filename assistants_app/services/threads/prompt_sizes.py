"""Keep the sizes of messages in prompts, so that each message is counted once."""

from collections.abc import Sequence

from django.db import connection, transaction

from assistants_app.queries.threads.prompt_messages import PromptMessage

# Locked rows are skipped: counts can wait, and so no order of locks can end in a deadlock.
_KEEP = """
UPDATE message SET prompt_tokens = size.tokens, prompt_tokens_of = size.counted
FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS size (id, tokens, counted)
WHERE message.id = size.id
  AND message.id IN (SELECT id FROM message WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED)
"""


@transaction.atomic(durable=True)
def keep_prompt_sizes(*, sizes: Sequence[tuple[PromptMessage, int]]) -> None:
    """Keep the sizes of messages, in tokens.

    They apply to the role and the content that the messages had when they were read.
    """
    ids = [message.id for message, _ in sizes]
    counted = [message.counted for message, _ in sizes]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [ids, [tokens for _, tokens in sizes], counted, ids])
