"""A shop's own wordings. One that presses, buys praise or leaves out what the law asks for is not kept."""

from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import InvalidInput, NotFound
from project.core.ids import new_public_id
from project.rights.contracts import Problem, SendingWay
from project.rights.models import RequestTemplate
from project.rights.wordings.lint import lint
from project.rights.wordings.sentences import problems_of


def check_template(*, way: SendingWay, language: str, subject: str, text: str) -> tuple[Problem, ...]:
    """What would have to change before this wording can be kept; nothing: it can. Writes nothing."""
    return problems_of(lint(way=way, language=language, subject=subject, text=text))


def save_template(
    *, shop_id: int, actor_id: int | None, way: SendingWay, language: str, text: str, subject: str = ""
) -> str:
    """Keep a wording of the shop's own; returns its public id. Raises :class:`InvalidInput` with what to change."""
    problems = check_template(way=way, language=language, subject=subject, text=text)
    if problems:
        raise InvalidInput(
            _("This wording cannot be used as it stands."),
            fields={"text": [problem.sentence for problem in problems]},
        )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        row = RequestTemplate.objects.create(
            public_id=new_public_id("rtp"),
            way=way,
            language=language,
            subject=" ".join(subject.split()),
            text=text,
            created_by_id=actor_id,
        )
        unit.audit("template.saved", "template", row.public_id, way=str(way), language=language)
    return row.public_id


def retire_template(*, shop_id: int, actor_id: int | None, template_id: str) -> None:
    """Use a wording no longer. The row stays: requests remember by it what they were worded with."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not RequestTemplate.objects.filter(public_id=template_id, active=True).update(active=False):
            raise NotFound(_("There is no such wording in use."))
        unit.audit("template.retired", "template", template_id)
