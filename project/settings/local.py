"""Settings of the default set-up: the embedded services of ``make run``, found without any environment."""

import os

from project.runtime import environment, layout

_home = layout.Layout(layout.home_from_environment())
for _name, _value in environment.defaults(_home, remembered=True).items():
    os.environ.setdefault(_name, _value)
os.environ.setdefault("SECRET_KEY", environment.secret_key(_home))
# Mail is written to files under the home folder; nobody can be asked to follow a link in one.
os.environ.setdefault("ACCOUNT_EMAIL_VERIFICATION", "optional")

from .base import *  # noqa: E402, F403
from .base import env  # noqa: E402

DEBUG = env.bool("DEBUG", False)
