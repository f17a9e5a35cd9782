"""The way of a message in plain text, in the language it is told in."""

import pytest
from django.utils import translation

from crm.models import Message
from crm.services import walk

pytestmark = pytest.mark.django_db


def test_parts_of_clarity_are_named_in_the_reader_s_language(lead):
    message = Message.objects.create(
        lead=lead, channel="mail", text="我们想要一个客服助手", language="zh", state="read",
        clarity={"score": 0.2, "known": {"task": [0, 3]}, "missing": ["budget", "volume"]},
    )  # fmt: skip
    with translation.override("en"):
        assert "known: task; missing: budget, volume" in walk.told(message, None, "1/1")
    with translation.override("zh-hans"):
        told = walk.told(message, None, "1/1")
    assert not any(word in told for word in ("task", "budget", "volume")), told
