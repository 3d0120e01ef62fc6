"""Shops, members, keys, origins, products and orders."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.shops.rules import KeyScope, MailState, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in by e-mail; the address is stored in lower case."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. Authors and shoppers never have an account."""

    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "shops_user"

    def __str__(self) -> str:
        return self.name or self.email


class Shop(models.Model):
    """A tenant. ``markets`` are ISO 3166 codes, or ``*`` for the whole world."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    slug = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=120)
    locale = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    markets: Any = ArrayField(models.CharField(max_length=2), default=list)
    website = models.URLField(blank=True, max_length=500)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "shops_shop"

    def __str__(self) -> str:
        return self.name


class Membership(ScopedModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "shops_membership"
        constraints = [models.UniqueConstraint(fields=["shop", "user"], name="shops_membership_once")]


class Invitation(ScopedModel):
    """An invitation by e-mail link; only the token's hash is kept."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "shops_invitation"


class ApiKey(ScopedModel):
    """``pk_`` publishable (browsers, allowed origins) or ``sk_`` secret (servers). Hashed; the prefix is shown."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    name = models.CharField(max_length=80)
    publishable = models.BooleanField()
    key_hash = models.CharField(max_length=64, unique=True)
    shown_prefix = models.CharField(max_length=12)
    scopes: Any = ArrayField(
        models.CharField(max_length=32, choices=[(scope.value, scope.value) for scope in KeyScope]), default=list
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "shops_api_key"


class AllowedOrigin(ScopedModel):
    """An origin whose pages may load this shop's widgets."""

    origin = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "shops_allowed_origin"
        constraints = [models.UniqueConstraint(fields=["shop", "origin"], name="shops_allowed_origin_once")]


class Product(ScopedModel):
    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    external_id = models.CharField(max_length=120)
    handle = models.CharField(max_length=160, blank=True)
    name = models.CharField(max_length=240)
    category = models.CharField(max_length=120, blank=True)
    url = models.URLField(max_length=500, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(ScopedModel.Meta):
        db_table = "shops_product"
        constraints = [models.UniqueConstraint(fields=["shop", "external_id"], name="shops_product_once")]
        indexes = [models.Index(fields=["shop", "category"], name="shops_product_category")]

    def __str__(self) -> str:
        return self.name


class Order(ScopedModel):
    """Evidence that somebody bought something. The customer is a keyed hash of the e-mail address, no more."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    external_id = models.CharField(max_length=120)
    placed_at = models.DateTimeField()
    customer_hash = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "shops_order"
        constraints = [models.UniqueConstraint(fields=["shop", "external_id"], name="shops_order_once")]
        indexes = [models.Index(fields=["shop", "customer_hash"], name="shops_order_customer")]


class OrderLine(ScopedModel):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(default=1)

    class Meta(ScopedModel.Meta):
        db_table = "shops_order_line"
        constraints = [models.UniqueConstraint(fields=["order", "product"], name="shops_order_line_once")]


class Mail(ScopedModel):
    """A message that Vouchsafe sends for the shop. Its text may hold a link that grants, so it is cleared once the
    message is out or its address refused it for good; where no mail server is configured it is kept, for the studio's
    Mail page."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    purpose = models.CharField(max_length=40)
    about = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, blank=True)
    to = models.EmailField(max_length=254)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=[(state.value, state.value) for state in MailState])
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "shops_mail"
        indexes = [
            models.Index(fields=["shop", "id"], name="shops_mail_shop"),
            models.Index(fields=["about"], name="shops_mail_about"),
            models.Index(fields=["created_at"], name="shops_mail_queued", condition=models.Q(state="queued")),
        ]
