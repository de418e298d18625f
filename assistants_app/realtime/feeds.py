"""The feeds of this process, which start with their first viewer and end with their last."""

from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.lanes import LaneFeed, key_of_lane
from assistants_app.realtime.viewers import Viewer

feeds: dict[str, ThreadFeed] = {}  # by `ThreadFeed.key`


def feed_of(project_id: str, thread_id: str) -> ThreadFeed:
    """Return the thread's feed in this process, and start it if necessary."""
    feed = feeds.get(thread_id)
    if feed is None:
        feed = feeds[thread_id] = ThreadFeed(project_id, thread_id)
    return feed


def lane_feed(project_id: str, thread_id: str, lane: str, *, blind: bool) -> ThreadFeed:
    """Return the feed of a comparison's lane in this process, and start it if necessary."""
    key = key_of_lane(thread_id)
    feed = feeds.get(key)
    if feed is None:
        feed = feeds[key] = LaneFeed(project_id, thread_id, lane, blind=blind)
    return feed


def leave_feed(feed: ThreadFeed, viewer: Viewer) -> None:
    """Remove a viewer, and end the feed if it was the last one."""
    feed.leave(viewer)
    if not feed.viewers and feeds.get(feed.key) is feed:
        del feeds[feed.key]
        feed.close()
