"""Template tags of the studio: icons, ratings, and links that keep the other filters of a list."""

from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from project.studio.icons import icon_svg

register = template.Library()

HIGHEST_RATING = 5


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """An icon by name; the markup is a constant of this project."""
    return mark_safe(icon_svg(name=name, css_class=css_class))  # noqa: S308


@register.simple_tag
def rating(value: int | None) -> SafeString | str:
    """A rating as glyphs for the eye and a figure for everybody; nothing where there is none."""
    if value is None:
        return ""
    return format_html(
        '<span class="rating"><span class="rating-glyphs" aria-hidden="true">{}<span class="off">{}</span></span>'
        '<span class="sr-only">{}</span><span aria-hidden="true">{}/{}</span></span>',
        "★" * value,
        "★" * (HIGHEST_RATING - value),
        _("Rated %(value)d out of %(highest)d") % {"value": value, "highest": HIGHEST_RATING},
        value,
        HIGHEST_RATING,
    )


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: object) -> str:
    """The page's own query string with some keys replaced (``None`` or "" removes one) and without its cursor."""
    current: QueryDict = context["request"].GET.copy()
    current.pop("cursor", None)
    for key, value in changes.items():
        current.pop(key, None)
        if value not in (None, ""):
            current[key] = str(value)
    encoded = current.urlencode()
    return f"?{encoded}" if encoded else "?"
