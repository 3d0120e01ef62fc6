"""The rights desk: whom to ask, what was asked and answered, what holds."""

from project.studio.views.rights.tabs import tabs_context as tabs_context
