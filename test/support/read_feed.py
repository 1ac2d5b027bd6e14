"""Reads a feed from stdin with podcastparser and feedparser, and prints what they understood as JSON."""
import io
import json
import sys

import feedparser
import podcastparser

raw = sys.stdin.buffer.read()
by_feedparser = feedparser.parse(io.BytesIO(raw))
json.dump(
    {
        "podcastparser": podcastparser.parse("https://example.org/feed.xml", io.BytesIO(raw)),
        "feedparser": {
            "bozo": bool(by_feedparser.bozo),
            "feed": by_feedparser.feed,
            "entries": by_feedparser.entries,
        },
    },
    sys.stdout,
    default=str,
)
