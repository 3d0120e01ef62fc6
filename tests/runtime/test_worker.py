"""Tasks that a killed worker held are taken up by the next one at once."""

import os
import subprocess
import sys

import pytest
import redis

from project.celery import app
from project.runtime.layout import PROJECT_ROOT
from project.runtime.worker import UNACKNOWLEDGED, take_back

HOLD = (
    "import signal; from project.celery import app; connection = app.connection_for_read();"
    "queue = app.amqp.queues['bulk'];"
    "consumer = connection.Consumer(queue, callbacks=[lambda body, message: print('held', flush=True)]);"
    "consumer.consume(); connection.drain_events(timeout=20); signal.pause()"
)

pytestmark = pytest.mark.process


@pytest.fixture
def killed_holder(valkey: redis.Redis) -> None:
    """A worker of `bulk` was killed with a task in its hands."""
    with app.connection_for_write() as connection:
        app.send_task("project.core.tasks.nothing", queue="bulk", retry=False, connection=connection)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT, env=dict(os.environ)
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    assert valkey.hlen(UNACKNOWLEDGED) == 1
    assert valkey.llen("bulk") == 0


@pytest.mark.usefixtures("killed_holder")
def test_a_task_of_a_killed_worker_is_back_on_its_queue_once(valkey: redis.Redis) -> None:
    assert take_back("bulk") == 1
    assert valkey.llen("bulk") == 1
    assert valkey.hlen(UNACKNOWLEDGED) == 0
    assert take_back("bulk") == 0


@pytest.mark.usefixtures("killed_holder")
def test_tasks_of_other_queues_stay_where_they_are(valkey: redis.Redis) -> None:
    assert take_back("default") == 0
    assert valkey.hlen(UNACKNOWLEDGED) == 1
