"""The stories that the clients' programs play, and what the model says in each."""

from tests.clients.stories import CALL_THEN_ANSWER, CITE, MAKE_A_FILE, WARM
from tests.fakes.replies import Reply

REPLIES: dict[str, tuple[Reply, ...]] = {
    "objects": (),
    "lists": (),
    "files": (),
    "large-files": (),
    "errors": (),
    "runs": (Reply(text=WARM), Reply(text=WARM)),
    "calls": CALL_THEN_ANSWER,
    "citations": CITE,
    "code": MAKE_A_FILE,
    "streams": (Reply(text=WARM), Reply(text=WARM)),
    "streamed-calls": CALL_THEN_ANSWER,
    "streamed-citations": CITE,
    "streamed-code": MAKE_A_FILE,
}
