"""Writes of the collection room."""

from project.collection.services.collecting import collect_source
from project.collection.services.media import FetchAgain, fetch_media, forget_files, forget_stray_files
from project.collection.services.scheduling import collect_soon

__all__ = ["FetchAgain", "collect_soon", "collect_source", "fetch_media", "forget_files", "forget_stray_files"]
