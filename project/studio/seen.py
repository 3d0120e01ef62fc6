"""What a form says that the person had on the screen. The forms carry it; a decision without it reaches nothing."""

from collections.abc import Iterable

from django.http import QueryDict

from project.content.contracts import Seen

# No item is of version 0: what does not say what was seen is treated as seen too long ago.
NOTHING = Seen(version=0)


def seen_of(data: QueryDict) -> Seen:
    """From the fields ``version`` and ``pictures`` of a form about one item."""
    return _seen(data.get("version", ""), data.get("pictures", "0"))


def ticked(values: Iterable[str]) -> dict[str, Seen]:
    """From the ticks of a list, each ``id:version:pictures``."""
    parts = [value.split(":") for value in values]
    return {one[0]: _seen(*one[1:]) if len(one) == 3 else NOTHING for one in parts}


def _seen(version: str, pictures: str) -> Seen:
    if not all(number.isdecimal() and len(number) < 10 for number in (version, pictures)):
        return NOTHING
    return Seen(int(version), int(pictures))
