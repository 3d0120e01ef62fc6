"""Saved views: kept, found and deleted by the person whose they are."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import InvalidInput, NotFound
from project.core.ids import new_public_id
from project.studio.models import SavedView

MOST = 20
NAME_LENGTH = 60


def views_of(user_id: int, page: str) -> QuerySet[SavedView]:
    """A person's views of one page, by name; in the shop's scope."""
    return SavedView.objects.filter(user_id=user_id, page=page).order_by("name")


def keep_view(*, shop_id: int, actor_id: int, page: str, name: str, query: str) -> str:
    """Keep filters under a name; the same name again replaces what it stood for. Returns the view's public id."""
    name = " ".join(name.replace("\x00", "").split())[:NAME_LENGTH]
    if not name:
        raise InvalidInput(_("Give the view a name."), fields={"name": [_("Needed.")]})
    if not query:
        raise InvalidInput(_("Choose a filter first: without one the view would be the whole list."))
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        others = views_of(actor_id, page).exclude(name=name)
        if others.count() >= MOST:
            raise InvalidInput(_("You have %(n)d views already. Delete one first.") % {"n": MOST})
        view, _made = SavedView.objects.update_or_create(
            user_id=actor_id,
            page=page,
            name=name,
            defaults={"query": query},
            create_defaults={"query": query, "public_id": new_public_id("viw")},
        )
        unit.audit("view.saved", "view", view.public_id, page=page)
    return view.public_id


def drop_view(*, shop_id: int, actor_id: int, view_id: str) -> None:
    """Delete one's own view; somebody else's is not there."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not SavedView.objects.filter(public_id=view_id, user_id=actor_id).delete()[0]:
            raise NotFound(_("You have no such view."))
        unit.audit("view.deleted", "view", view_id)
