"""Fields that several rights resources share."""

from typing import Any

from rest_framework import serializers

from project.rights.contracts import Channel

CHANNELS = list(Channel)


def channels_field(**kwargs: Any) -> serializers.ListField:
    """Where content may be shown."""
    channel = serializers.ChoiceField(choices=CHANNELS)
    return serializers.ListField(child=channel, max_length=len(CHANNELS), **kwargs)
