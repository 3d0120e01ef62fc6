"""The forms of widgets and selections."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from project.shops import selectors as shops
from project.studio.wording import markets_text, split_markets
from widgets import selectors
from widgets.contracts import WidgetInput
from widgets.rules import RADIUS_MAX, SortOrder, WidgetType

PRODUCTS_ON_OFFER = 500
WIDGET_MARKETS_HELP = _("Empty: where the shop sells. Else “Worldwide”, or countries such as DK, SE, NO.")
ORDER_LABELS = {
    SortOrder.NEWEST: _("Newest first"),
    SortOrder.HELPFUL: _("Most helpful first"),
    SortOrder.HIGHEST: _("Highest rating first (the widget says so)"),
    SortOrder.LOWEST: _("Lowest rating first"),
}
TYPE_LABELS = {
    WidgetType.CAROUSEL: _("Carousel"),
    WidgetType.RATING_SUMMARY: _("Rating summary"),
    WidgetType.WALL: _("Wall"),
}


def product_choices(empty: Any) -> list[tuple[str, Any]]:
    """The shop's products for a drop-down, with a first entry for none."""
    return [("", empty), *shops.products().values_list("public_id", "name")[:PRODUCTS_ON_OFFER]]


class NewWidgetForm(forms.Form):
    """What a new widget is and what it is called; all else is set beside its preview."""

    type = forms.ChoiceField(
        label=_("Type"), choices=[(kind.value, label) for kind, label in TYPE_LABELS.items()], widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("For you and your colleagues, such as “Front page”.")
    )

    def widget_input(self) -> WidgetInput:
        """The widget in the usual look, with the usual heading."""
        look = {name: WidgetForm.base_fields[name].initial for name in ("accent", "radius")}
        return WidgetInput(
            type=self.cleaned_data["type"],
            name=self.cleaned_data["name"],
            heading=gettext("What customers say"),
            theme={"scheme": "auto", "density": "comfortable", **look},
        )


class WidgetForm(forms.Form):
    """A widget's whole definition."""

    type = forms.ChoiceField(
        label=_("Type"), choices=[(kind.value, label) for kind, label in TYPE_LABELS.items()], widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("For you and your colleagues, such as “Front page”.")
    )
    heading = forms.CharField(
        label=_("Heading"), max_length=120, required=False, help_text=_("Shoppers see it above the reviews.")
    )
    selection_id = forms.ChoiceField(
        label=_("Selection"),
        required=False,
        help_text=_("A chosen set. The widget says “selected by the shop: n of N”."),
    )
    product_id = forms.ChoiceField(
        label=_("Product"), required=False, help_text=_("Leave empty to let each page name its product.")
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    order = forms.ChoiceField(
        label=_("Order"),
        choices=[(order.value, label) for order, label in ORDER_LABELS.items()],
        initial=SortOrder.NEWEST.value,
    )
    ratings = forms.TypedMultipleChoiceField(
        label=_("Only these stars"),
        choices=[(str(stars), f"{stars} ★") for stars in (5, 4, 3, 2, 1)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "None ticked shows all. A narrowed widget says how many of how many it shows, "
            "with the true average and a way to all."
        ),
    )
    locale = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the shop or the page")), *settings.LANGUAGES]
    )
    markets = forms.CharField(label=_("Markets"), max_length=400, required=False, help_text=WIDGET_MARKETS_HELP)
    scheme = forms.ChoiceField(
        label=_("Colour scheme"),
        choices=(("auto", _("As the visitor’s device")), ("light", _("Light")), ("dark", _("Dark"))),
    )
    accent = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=_("Accent colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
        initial="#0b6e4f",
    )
    radius = forms.IntegerField(
        label=_("Roundness of corners, in pixels"), min_value=0, max_value=RADIUS_MAX, initial=12
    )
    density = forms.ChoiceField(
        label=_("Density"), choices=(("comfortable", _("Comfortable")), ("compact", _("Compact")))
    )
    active = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    CONTENT = ("type", "name", "heading", "selection_id", "product_id", "category", "order", "ratings")
    LOOK = ("scheme", "accent", "radius", "density")
    PLACE = ("locale", "markets", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = selectors.selections().values_list("public_id", "name")
        self._offer("selection_id", [("", _("None: everything that may be shown")), *names])
        self._offer("product_id", product_choices(_("Every product")))
        self._offer("category", [("", _("Every category")), *((name, name) for name in shops.categories())])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker: declared above)
        field.choices = choices

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in three groups, as the page shows them."""
        groups = ((_("What it shows"), self.CONTENT), (_("How it looks"), self.LOOK), (_("Where it shows"), self.PLACE))
        return [(title, [self[name] for name in names]) for title, names in groups]

    def widget_input(self) -> WidgetInput:
        """The definition as the service takes it."""
        values = self.cleaned_data
        return WidgetInput(
            type=values["type"],
            name=values["name"],
            heading=values["heading"],
            markets=split_markets(values["markets"]),
            product_id=values["product_id"],
            category=values["category"],
            ratings=tuple(values["ratings"]),
            order=values["order"],
            selection_id=values["selection_id"],
            theme={
                "scheme": values["scheme"],
                "accent": values["accent"].lower(),
                "radius": values["radius"],
                "density": values["density"],
            },
            locale=values["locale"],
            active=values["active"],
        )

    @staticmethod
    def initial_of(widget: WidgetInput) -> dict[str, Any]:
        """A stored definition as the form's values."""
        return {
            "type": widget.type,
            "name": widget.name,
            "heading": widget.heading,
            "markets": markets_text(widget.markets),
            "product_id": widget.product_id,
            "category": widget.category,
            "ratings": [str(stars) for stars in widget.ratings],
            "order": widget.order,
            "selection_id": widget.selection_id,
            "locale": widget.locale,
            "active": widget.active,
            **widget.theme,
        }


class SelectionForm(forms.Form):
    """A selection's name, and the product that it is about."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as “Winter favourites”."))
    product_id = forms.ChoiceField(
        label=_("Product"), required=False, help_text=_("Links the selection to one product.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["product_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker: declared above)
        field.choices = product_choices(_("None"))
