"""`demo_loop` as a person starts it: messages in, needs with quotes and a cited pitch out, on the shipped reader."""

import json
import re

import pytest

pytestmark = [pytest.mark.models, pytest.mark.slow]
ENGLISH = (
    "Hello, our 220 agents answer the same questions all day. We want drafts of replies which they only approve, it must run "
    "in our own data centre, and what does it cost?"
)
CHINESE = "您好，我们想要一个客服助手，能根据自己的资料起草回复，必须私有化部署在自己的机房。请问价格是多少？"
SPAM = "Congratulations! You have won a free cruise. Click here to claim your prize and buy cheap watches today."


def write(path, *lines):
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return str(path)


def test_three_messages_go_through_the_loop(make_site, tmp_path):
    texts = {"en": ENGLISH, "zh": CHINESE, "spam": SPAM}
    file = write(tmp_path / "three.jsonl", *({"id": key, "text": text} for key, text in texts.items()))
    done = make_site(migrate=False).manage("demo_loop", file, check=False)
    assert done.returncode == 0, done.stderr
    parts = dict(zip(texts, re.split(r"━━ \d/3 ━━", done.stdout)[1:], strict=True))
    assert "private deployment" in parts["en"]
    assert "私有化部署" in parts["zh"]
    for key in ("en", "zh"):
        quotes = re.findall(r"(?m)^    \d\.\d\d  .*“(.+?)”", parts[key])
        assert quotes, parts[key]
        assert all(quote in texts[key] for quote in quotes), quotes
        assert re.search(r"(?m)✓[^✓]*\[C\d+\]", parts[key]), parts[key]
    assert "Not a lead" in parts["spam"]
    assert "No pitch" in parts["spam"]
    assert not re.search(r"\[C\d+\]", parts["spam"])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (None, "there is no such file"),
        (['{"id": "a", "text": "fine"}', "{not json"], "line 2"),
        (['{"id": "a", "text": 5}'], "line 1"),
    ],
)
def test_bad_input_is_named_and_nothing_is_walked(make_site, tmp_path, lines, words):
    file = tmp_path / "bad.jsonl"
    done = make_site(migrate=False).manage("demo_loop", write(file, *lines) if lines else str(file), check=False)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
