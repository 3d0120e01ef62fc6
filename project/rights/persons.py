"""Whom a row of content.Author stands for, and all that concerns them."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from project.content import selectors as content
from project.core.scope import current_shop_id
from project.core.shredding import Person
from project.rights.contracts import LinkCarrier
from project.rights.models import (
    ConsentRecord,
    Licence,
    LicenceItem,
    Notice,
    PrivacyRequest,
    RightsRequest,
    StatementOfReasons,
)


def person_of(author_pk: int) -> Person | None:
    """Everything of the person behind an author row of the shop in scope; None for nobody."""
    authors = content.rows_of_authors(content.authors_of_person(author_pk))
    if not authors:
        return None
    pks = tuple(author.pk for author in authors)
    item_ids = content.item_ids_of_authors(pks)
    requests = RightsRequest.objects.filter(item__public_id__in=item_ids)
    addresses = addresses_among([*(author.email for author in authors), *proven_recipients(requests)])
    notices = notices_of(item_ids, addresses)
    about = [
        *(author.public_id for author in authors),
        *requests.values_list("public_id", flat=True),
        *notices.values_list("public_id", flat=True),
        *StatementOfReasons.objects.filter(item__public_id__in=item_ids).values_list("public_id", flat=True),
        *Licence.objects.filter(pk__in=licences_of_them_alone(item_ids)).values_list("public_id", flat=True),
        *ConsentRecord.objects.filter(author_id__in=pks).values_list("public_id", flat=True),
        *PrivacyRequest.objects.filter(author_id__in=pks).values_list("public_id", flat=True),
    ]
    return Person(
        shop_id=current_shop_id(),
        author_ids=tuple(author.public_id for author in authors),
        item_ids=item_ids,
        files=content.files_of_items(item_ids),
        author_pks=pks,
        about=tuple(about),
        addresses=addresses,
    )


def proven_recipients(requests: QuerySet[RightsRequest]) -> list[str]:
    """Where a letter reached somebody who then said yes by the link in it, newest first.

    What staff typed may be a stranger's address, also where the author said yes by a link that was handed over: it
    gathers nothing and is told nothing.
    """
    rows = requests.filter(granted_by=LinkCarrier.MAIL).exclude(recipient="").order_by("-id")
    return list(rows.values_list("recipient", flat=True))


def addresses_among(texts: list[str]) -> tuple[str, ...]:
    """The e-mail addresses among these texts, in lower case: a recipient may be a handle as well."""
    return tuple(sorted({address.lower() for text in texts if (address := first_address(text))}))


def first_address(*texts: str) -> str:
    """The first of these texts that is an e-mail address, as it stands; "" where none is."""
    for text in texts:
        try:
            validate_email(text)
        except ValidationError:
            continue
        return text
    return ""


def notices_of(item_ids: tuple[str, ...], addresses: tuple[str, ...]) -> QuerySet[Notice]:
    """Notices about their content, and those that they filed about anybody's."""
    rows = Notice.objects.annotate(address=Lower("email"))
    return rows.filter(Q(item__public_id__in=item_ids) | Q(address__in=addresses))


def licences_of_them_alone(item_ids: tuple[str, ...]) -> list[int]:
    """Licences that cover nobody else's content: what such a record says in words is about them."""
    theirs = LicenceItem.objects.filter(item__public_id__in=item_ids).values_list("licence_id", flat=True)
    found = set(theirs.distinct())
    others = LicenceItem.objects.filter(licence_id__in=found).exclude(item__public_id__in=item_ids)
    return sorted(found - set(others.values_list("licence_id", flat=True).distinct()))
