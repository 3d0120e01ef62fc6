"""Posts under a hashtag of a Mastodon server (API documentation: docs.joinmastodon.org)."""
