"""What the channels of a licence are called, for authors and for staff alike."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from project.rights.contracts import Channel

CHANNEL_LABELS: Mapping[str, str | Promise] = {
    Channel.SITE: _("The shop’s website"),
    Channel.PRODUCT_PAGE: _("Product pages"),
    Channel.EMAIL: _("E-mails to customers"),
    Channel.ORGANIC_SOCIAL: _("The shop’s own social media posts"),
    Channel.PAID_ADS: _("Paid advertising"),
    Channel.PRINT: _("Print"),
    Channel.IN_STORE: _("In the shop"),
    Channel.RETAILER_SYNDICATION: _("Retailers who sell the product"),
    Channel.AI_ASSISTANT: _("The shop’s AI assistant, which quotes it word for word"),
}
