"""Messages are stored once, as they came, and refused in plain words when they cannot be read."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from core.models import AuditEntry, Job
from crm.models import Message
from crm.models.messages import TextIsFixed
from crm.services import html_text, messages

pytestmark = pytest.mark.django_db


def add(lead, text, **values):
    return messages.add(lead, text=text, channel=values.pop("channel", "mail"), **values)[0]


def test_a_message_is_stored_audited_and_queued(lead, rep):
    message = add(lead, "We need OCR.", by=rep)
    assert message.state == "waiting"
    assert Job.objects.get(kind="crm.read").payload == {"message": message.pk}
    assert AuditEntry.objects.get(noun="message").actor == rep


def test_the_same_external_id_is_stored_once(lead, other_lead):
    first, created = messages.add(lead, text="Hello there", channel="mail", external_id="<a@b>")
    again, again_created = messages.add(other_lead, text="Something else", channel="chat", external_id=" <a@b> ")
    assert (created, again_created) == (True, False)
    assert again == first
    assert Message.objects.count() == Job.objects.count() == 1


def test_messages_without_an_id_are_never_taken_for_one_another(lead):
    assert add(lead, "Hello") != add(lead, "Hello")


def test_only_line_ends_and_nuls_change(lead):
    message = add(lead, "  one\r\ntwo\rthree\x00 \t\u200bend\n")
    assert message.text == "  one\ntwo\nthree \t\u200bend\n"


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\ufeff", "\x00"])
def test_an_empty_message_is_refused(lead, text):
    with pytest.raises(ValidationError, match="empty"):
        add(lead, text)
    assert not Message.objects.exists()


def test_one_megabyte_fits_and_more_does_not(lead):
    assert len(add(lead, "x" * messages.LIMIT).text) == messages.LIMIT
    with pytest.raises(ValidationError, match="at most 1 MB"):
        add(lead, "是" * (messages.LIMIT // 3 + 1))


def test_binary_is_refused(lead):
    with pytest.raises(ValidationError, match="binary"):
        add(lead, "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x02\x03\x04\x05")


def test_half_a_surrogate_pair_does_not_break_the_database(lead):
    assert add(lead, "price \ud83d please").text == "price \ufffd please"


@pytest.mark.parametrize(
    "text", ["😀🎉👍", "שלום, אנחנו צריכים תרגום", "We need 私有化部署 und Übersetzung", "> old\n> words\nYes please."]
)
def test_unusual_texts_are_kept_as_they_are(lead, text):
    message = add(lead, text)
    message.refresh_from_db()
    assert message.text == text


def test_what_we_wrote_is_not_read(lead):
    assert add(lead, "Dear Anke", outgoing=True).state == "none"
    assert not Job.objects.exists()


def test_a_text_is_never_changed(lead):
    message = add(lead, "We need OCR.")
    message.text = "We need nothing."
    with pytest.raises(TextIsFixed):
        message.save()
    with pytest.raises(TextIsFixed):
        Message.objects.update(text="nothing")
    with pytest.raises(TextIsFixed), transaction.atomic():
        Message.objects.bulk_update([message], ["text"])
    message.refresh_from_db()
    assert message.text == "We need OCR."
    message.subject = "OCR"
    message.save()


def test_an_unknown_channel_is_refused(lead):
    with pytest.raises(ValidationError):
        add(lead, "Hello", channel="pigeon")


def test_html_becomes_text_without_scripts():
    text = html_text.text_of(
        "<html><head><title>no</title><style>p{}</style></head><body><p>We need&nbsp;<b>OCR</b>,<br>soon.</p>"
        "<script>alert(1)</script><img src=x onerror=alert(2)><table><tr><td>Users</td><td>220</td></tr></table>"
        "<blockquote><p>Old words</p></blockquote><ul><li>one</li></ul></body></html>"
    )
    assert text == "We need OCR,\nsoon.\n\nUsers\t220\n\n> Old words\n\n- one"


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<!DOCTYPE html><html><body>x</body></html>", True),
        ("<p>Hello</p>\n<p>World</p>", True),
        ("The tag <p> should be <b>bold</b> in our shop", False),
        ("<anke@example.com> wrote: hello", False),
        ("a < b and c > d", False),
    ],
)
def test_only_what_is_html_as_a_whole_counts(text, is_html):
    assert html_text.is_html(text) is is_html


def test_a_file_of_another_kind_is_refused(lead, rep):
    for name, data in [("a.pdf", b"MZ\x90\x00"), ("a.png", b"<svg onload=alert(1)>"), ("a.pdf", b"")]:
        with pytest.raises(ValidationError):
            messages.add_file(lead, upload=SimpleUploadedFile(name, data), by=rep)
    assert not Message.objects.exists()


def test_a_file_lies_under_a_name_nobody_can_guess(lead, rep, settings):
    upload = SimpleUploadedFile("../../etc/Angebot für\x00uns.PDF", b"%PDF-1.7 x")
    message = messages.add_file(lead, upload=upload, by=rep)
    assert message.state == "extracting"
    assert message.file_name == "Angebot füruns.PDF"
    assert "Angebot" not in message.file.name
    assert message.file.name.endswith(".pdf")
    assert message.file.path.startswith(str(settings.MEDIA_ROOT))
    assert Job.objects.get().kind == "crm.extract"


def test_the_same_file_twice_is_kept_once(lead, rep, settings):
    made = [
        messages.add_file(lead, upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7 x"), by=rep, external_id="f1")
        for _ in range(2)
    ]
    assert made[0] == made[1]


HOSTILE = {
    "deep": "<div>" * 190_000 + "Please call us &amp; send a quote." + "</div>" * 10,
    "bold": "<b>" * 340_000 + "Please call us &amp; send a quote.",
    "attributes": "<p "
    + " ".join(f"a{number}" for number in range(150_000))
    + ">Please call us &amp; send a quote.</p>",
    "ends of nothing": "<div></x>" * 20_000 + "Please call us &amp; send a quote.",
    "closed at once": "<div/>" * 20_000 + "Please call us &amp; send a quote.",
    "ends behind a wall": "<span><div></span>" * 20_000 + "Please call us &amp; send a quote.",
    "ends in comments": "<div><!--</div>-->" * 20_000 + "<p>Please call us &amp; send a quote.",
    "quotes": "<blockquote>" * 80_000 + "Please call us &amp; send a quote.",
    "large": "<p>x</p>" * 600_000 + "<p>Please call us &amp; send a quote.</p>",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_html_that_no_mail_program_writes_is_stripped_and_no_word_is_lost(kind, monkeypatch):
    def clean(*args, **kwargs):
        raise AssertionError("nh3 takes minutes for this")

    monkeypatch.setattr(html_text.nh3, "clean", clean)
    assert html_text.text_of(HOSTILE[kind]).splitlines()[-1] == "Please call us & send a quote."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><td>" * 60 + "in tables" + "</table>" * 60, "in tables"),
        ("<p>never closed" * 2000, "\n\n".join(["never closed"] * 2000)),
        ("<ul>" + "<li>open" * 700 + "</ul>", "\n".join(["- open"] * 700)),
        ("<img src=x><br/>" * 900 + "<p>end", "end"),
        ("<div><b>x</div>" * 900 + "<p>end", "x\n" * 900 + "end"),
        (f'<p><img alt="{"a word > " * 900}" src="x">end</p>', "end"),
        (f'<p><img alt="a picture" src="data:image/png;base64,{"A" * 900_000}">end</p>', "end"),
    ],
)
def test_careless_html_is_still_laid_out(html, text):
    assert html_text.text_of(html).strip() == text
    assert not html_text._is_hostile(html)
