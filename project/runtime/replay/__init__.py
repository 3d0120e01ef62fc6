"""A small Mastodon server that replays a hashtag timeline of invented posts: the demo's source.

    python -m project.runtime.replay --port 8002

It answers in the true shape of the API (Status entity, ``Link`` paging, rate headers), so the collector that
reads it is the one that reads the real network. It takes comments, too, and some of its authors answer them.
Accounts, posts and pictures are our own inventions. Tests start it in a thread, change posts and order faults.
"""

from .entities import DOMAIN, TAG, load_posts, snowflake
from .server import ReplayServer, running_replay
from .timeline import Replay

__all__ = ["DOMAIN", "TAG", "Replay", "ReplayServer", "load_posts", "running_replay", "snowflake"]
