"""Streams hold no database connection, so more of them can run than the pool has connections."""

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite, wait_until
from tests.sdk.clients import sync_client

STREAMS = 8


def test_more_streams_than_connections_leave_room_for_requests(provider: ScriptedProvider) -> None:
    environment = {
        "OPENAI_BASE_URL": provider.base_url,
        "OPENAI_API_KEY": "k",
        "DATABASE_POOL_SIZE": "3",
    }
    site = LiveSite("small_pool", environment)
    provider.enqueue(*[Reply(text="one two three four", gate_after=2)] * STREAMS)
    try:
        client, _ = sync_client(site.start().base_url, API_KEY)
        assistant = client.beta.assistants.create(model=MODEL)

        def run(_: int) -> str:
            with client.beta.threads.create_and_run_stream(
                assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "x"}]}
            ) as stream:
                stream.until_done()
            final = stream.current_run
            return final.status if final else "none"

        with ThreadPoolExecutor(STREAMS) as pool:
            running = [pool.submit(run, number) for number in range(STREAMS)]
            for _ in range(STREAMS):
                provider.wait_held(timeout=10)
            wait_until(lambda: client.beta.assistants.list().data, seconds=2)
            provider.release()
            assert [one.result(timeout=20) for one in running] == ["completed"] * STREAMS
        client.close()
    finally:
        site.stop()
