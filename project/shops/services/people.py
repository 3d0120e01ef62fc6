"""Accounts, membership and invitations."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.ids import new_public_id, new_token
from project.core.lookups import shop_of_token_hash
from project.core.scope import shop_scope
from project.shops.models import Invitation, Membership, User
from project.shops.rules import Role
from project.shops.selectors import shop_facts
from project.shops.services.mail import queue_mail

INVITATION_DAYS = 7


def create_user(*, email: str, password: str, name: str = "", confirmed: bool = False) -> User:
    """An account that signs in by e-mail. Raises :class:`InvalidInput` for a bad address or a weak password.

    ``confirmed``: whoever makes the account (the operator at the command line) vouches for the address, so that its
    owner can sign in although no confirmation mail went out.
    """
    try:
        validate_email(email)
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), fields={"password": list(error.messages)}) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
            if confirmed:
                EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            return user
    except IntegrityError as error:
        raise Conflict(_("There is an account with this address already."), fields={"email": []}) from error


@dataclass(frozen=True)
class SentInvitation:
    public_id: str
    token: str


def invite_member(*, shop_id: int, actor: User, email: str, role: str, accept_url: str) -> SentInvitation:
    """Invite by mail; ``accept_url`` contains ``{token}``. The link is good for seven days and one person."""
    try:
        validate_email(email)
        role = Role(role)
    except (ValidationError, ValueError) as error:
        raise InvalidInput(_("Give a valid e-mail address and a role."), fields={"email": []}) from error
    token = new_token()
    with change(shop_id=shop_id, actor_id=actor.pk) as unit:
        if Membership.objects.filter(user__email__iexact=email).exists():
            raise Conflict(_("This person works in the shop already."))
        Invitation.objects.filter(email__iexact=email, accepted_at=None, cancelled_at=None).update(
            cancelled_at=timezone.now()
        )
        invitation = Invitation.objects.create(
            public_id=new_public_id("inv"),
            email=email.lower(),
            role=role,
            token_hash=token_hash(token),
            invited_by=actor,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        unit.audit("member.invited", "invitation", invitation.public_id, role=role.value)
        shop = shop_facts(shop_id)
        queue_mail(
            shop_id=shop_id,
            purpose="invitation",
            to=email,
            subject=_("You are invited to %(shop)s on Vouchsafe") % {"shop": shop.name},
            text=_(
                "%(person)s invites you to work with the reviews of %(shop)s.\n\nAccept within seven days:\n%(url)s\n"
            )
            % {"person": str(actor), "shop": shop.name, "url": accept_url.replace("{token}", token)},
            language=get_language() or "en",
            about=invitation.public_id,
        )
    return SentInvitation(invitation.public_id, token)


def add_member(*, shop_id: int, user: User, role: Role) -> None:
    """Let a person in whom nobody has to ask first: the accounts that the demo makes."""
    with change(shop_id=shop_id, actor_id=user.pk) as unit:
        _row, made = Membership.objects.get_or_create(user=user, defaults={"role": role.value})
        if made:
            unit.audit("member.joined", "user", "", role=role.value)


def accept_invitation(*, token: str, user: User) -> int:
    """Join the shop that the link invites to; returns its id. Raises for used, expired or foreign links."""
    shop_id = shop_of_token_hash("invitation", token_hash(token))
    if shop_id is None:
        raise VouchsafeError(
            _("This invitation link is not valid. Ask for a new one."),
            code=ErrorCode.INVITATION_INVALID,
            status=404,
        )
    with shop_scope(shop_id):
        invitation = Invitation.objects.get(token_hash=token_hash(token))
        if invitation.email.lower() != user.email.lower():
            raise VouchsafeError(
                _("This invitation was sent to another address. Sign in with that one."),
                code=ErrorCode.INVITATION_INVALID,
                status=403,
            )
        with change(shop_id=shop_id, actor_id=user.pk) as unit:
            now = timezone.now()
            won = Invitation.objects.filter(
                id=invitation.id, accepted_at=None, cancelled_at=None, expires_at__gt=now
            ).update(accepted_at=now)
            if not won:
                raise VouchsafeError(
                    _("This invitation was used, cancelled or has run out. Ask for a new one."),
                    code=ErrorCode.INVITATION_INVALID,
                    status=410,
                )
            Membership.objects.get_or_create(user=user, defaults={"role": invitation.role})
            unit.audit("member.joined", "invitation", invitation.public_id, role=invitation.role)
    return shop_id


def cancel_invitation(*, shop_id: int, actor_id: int, public_id: str) -> None:
    """Make an open invitation's link worthless."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        won = Invitation.objects.filter(public_id=public_id, accepted_at=None, cancelled_at=None).update(
            cancelled_at=timezone.now()
        )
        if not won:
            raise Conflict(_("This invitation is no longer open."))
        unit.audit("member.invitation_cancelled", "invitation", public_id)


def change_role(*, shop_id: int, actor_id: int, user_id: int, role: str) -> None:
    """Give a member another role; the last owner stays one."""
    try:
        new_role = Role(role)
    except ValueError as error:
        raise InvalidInput(_("Choose one of the roles on offer."), fields={"role": []}) from error
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _lock_owners(leaving=user_id if new_role is not Role.OWNER else None)
        if not Membership.objects.filter(user_id=user_id).update(role=new_role):
            raise NotFound(_("This person does not work in the shop."))
        unit.audit("member.role_changed", "user", str(user_id), role=new_role.value)


def remove_member(*, shop_id: int, actor_id: int, user_id: int) -> None:
    """End a membership; the last owner cannot leave."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _lock_owners(leaving=user_id)
        deleted, _rows = Membership.objects.filter(user_id=user_id).delete()
        if not deleted:
            raise NotFound(_("This person does not work in the shop."))
        unit.audit("member.removed", "user", str(user_id))


def _lock_owners(*, leaving: int | None) -> None:
    owners = set(Membership.objects.select_for_update().filter(role=Role.OWNER).values_list("user_id", flat=True))
    if leaving is not None and owners == {leaving}:
        raise Conflict(_("A shop needs an owner. Make somebody else owner first."), code=ErrorCode.LAST_OWNER)
