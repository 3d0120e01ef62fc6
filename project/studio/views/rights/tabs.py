"""What every page of the room shows on its tabs."""

from project.rights import selectors as rights
from project.rights.notices.selectors import waiting


def tabs_context() -> dict[str, int]:
    """The numbers on the tabs of this room."""
    counts = rights.request_counts()
    return {
        "needing_total": rights.items_to_ask().count(),
        "asked_total": counts["sent"],
        "held_total": rights.held_items(),
        "notices_total": waiting(),
    }
