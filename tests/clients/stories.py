"""What the scripted model says in the tests of several clients."""

from tests.fakes.replies import Reply, ToolCall
from tests.sdk.code.steps import code
from tests.sdk.steps import search_call

QUESTION = "How warm is it in Paris?"
ARGUMENTS = '{"location": "Paris"}'
WARM = "It is 11 degrees."
CALL_THEN_ANSWER = (
    Reply(tool_calls=[ToolCall("get_weather", ARGUMENTS, id="call_1")]),
    Reply(text=WARM),
)
# Characters above U+FFFF, because clients count in different units.
MARK = "【0:0†harbour.txt】"
CITED = f"🎉 In 1907{MARK}, as it says."
CITE = (search_call("harbour"), Reply(chunks=list(CITED)))
LINK = "sandbox:/mnt/data/o.txt"
LINKED = f"🎉 See [o]({LINK})."
SOURCE = "open('/mnt/data/o.txt', 'w').write('o')\nprint('made')"
MAKE_A_FILE = (code(SOURCE), Reply(chunks=list(LINKED)))
