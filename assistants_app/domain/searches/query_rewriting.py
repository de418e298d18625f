"""Rewriting of questions into search queries, by rules or by a model."""

import re

# Greetings and polite phrases before the question itself. What is repeated is possessive (`*+`):
# with backtracking, a question of a few thousand spaces would hold the process for seconds.
LEADS = re.compile(
    r"^(?:(?:hi|hello|hey|please|well|so|ok|okay|thanks)\b[\s,.!]*+)*+"
    r"(?:(?:can|could|would|will) you (?:please )?(?:tell|show|give|find|explain to|help)\s*+me\s*+"
    r"|(?:i(?:'d| would) like|i want|i need) to (?:know|find|find out|see|learn|understand)\s*+"
    r"|i(?:'m| am) (?:looking for|interested in|wondering)\s*+"
    r"|(?:do you know|tell me|show me|give me|find me|find out|explain to me)\s*+)?"
    r"(?:if|about|whether)?\b\s*+",
    re.IGNORECASE,
)
# The question word, its verb, and the article or pronoun after them.
QUESTION = re.compile(
    r"^(?:what|which|who|whom|whose|where|when|why|how)"
    r"(?:'s|\s++(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|had))\s++"
    r"(?:(?:the|a|an|there|i|we|you)\s++)?",
    re.IGNORECASE,
)
LONGEST = 300  # characters of a model's query; a longer answer is not a query
FRAMES = " \t\"'`“”„«»"  # around the query in a model's answer
# Polite words at the end, and the longest of them.
THANKS = re.compile(r"\b(?:please|thanks|thank you)$", re.IGNORECASE)
LONGEST_THANKS = len("thank you")
ENDS = "?.!,"


def rewritten(question: str) -> str:
    """Return the question without polite and grammatical words, or as it is if nothing remains."""
    query = _without_thanks(LEADS.sub("", question.strip(), count=1))
    query = QUESTION.sub("", query, count=1).strip()
    return query or question


def _without_thanks(text: str) -> str:
    text = _without_end(text)
    # Only the last letters, and one before them for the boundary of the word.
    start = max(0, len(text) - LONGEST_THANKS - 1)
    found = THANKS.search(text, start)
    return _without_end(text[: found.start()]) if found else text


def _without_end(text: str) -> str:
    end = len(text)
    while end and (text[end - 1] in ENDS or text[end - 1].isspace()):
        end -= 1
    return text[:end]


def is_question(text: str) -> bool:
    """Return whether the text is a question: it has words that a query would not have."""
    return text.rstrip().endswith("?") or rewritten(text) != text.strip()


def query_in(answer: str) -> str:
    """Return the query in a model's answer, or "" if the answer is not one short line."""
    query = answer.strip()
    query = re.sub(r"^(?:search )?query:", "", query, flags=re.IGNORECASE).strip(FRAMES)
    return query if len(query) <= LONGEST and query.isprintable() else ""
