"""The content room's part in erasing a person: standing in the way of whoever stores something of theirs meanwhile."""

from project.content.models import Author, ContentItem
from project.content.selectors import authors_of_person
from project.content.tombstones import take_intake


def lock_person(author_pk: int) -> tuple[int, ...]:
    """Lock the author rows and items of a person, in an open change; returns the author rows, none for nobody.

    The sources come first, as for everybody who stores: a post that is being received is stored before, and erased
    too, or finds its tombstone. Items are locked as an update locks them: what refers to one (a notice, say) is checked
    at its commit, and would else wait for us while we wait for the ledger that it holds.
    """
    pks = authors_of_person(author_pk)
    take_intake(_sources_of(pks))
    locked = tuple(Author.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk", flat=True))
    items = ContentItem.objects.select_for_update(of=("self",), no_key=True).filter(author_id__in=locked)
    list(items.order_by("pk").values_list("pk", flat=True))
    return locked


def _sources_of(author_pks: tuple[int, ...]) -> set[int]:
    own = Author.objects.filter(pk__in=author_pks, source__isnull=False).values_list("source_id", flat=True)
    of_items = ContentItem.objects.filter(author_id__in=author_pks).order_by().values_list("source_id", flat=True)
    return {*(pk for pk in own if pk is not None), *of_items.distinct()}
