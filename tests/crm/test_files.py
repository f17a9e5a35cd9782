"""Text out of pictures and PDFs, by the real libraries, and what happens to files that have none."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from core.models import Job
from core.services import jobs
from crm.models import Message
from crm.services import files, messages

pytestmark = pytest.mark.django_db
WORDS = "We need an assistant for 220 agents"


def picture(words=WORDS, form="PNG"):
    image = Image.new("RGB", (900, 120), "white")
    if words:
        ImageDraw.Draw(image).text((20, 40), words, fill="black", font=ImageFont.load_default(28))
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()


def pdf(words):
    writer = PdfWriter()
    page = writer.add_blank_page(600, 200)
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 18 Tf 20 100 Td ({words}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def taken(lead, data, name="a.bin"):
    message = messages.add_file(lead, upload=SimpleUploadedFile(name, data), by=None)
    files.work(jobs.claim("ml"))
    message.refresh_from_db()
    return message


def test_a_pdf_with_text(lead):
    message = taken(lead, pdf(WORDS))
    assert (message.state, message.text) == ("waiting", WORDS)
    assert list(Job.objects.filter(state="queued").values_list("kind", flat=True)) == ["crm.read"]


@pytest.mark.slow
def test_a_picture_and_a_scanned_pdf(lead):
    for form in ("PNG", "PDF"):
        message = taken(lead, picture(form=form))
        assert message.state == "waiting"
        assert "220 agents" in message.text
        Job.objects.filter(state="queued").delete()


@pytest.mark.slow
def test_a_picture_without_text_says_so(lead):
    message = taken(lead, picture(""))
    assert (message.state, message.text) == ("failed", "")
    assert "no text" in message.problem


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n broken", b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0 broken", b"BM broken"]
)
def test_a_damaged_file_says_so(lead, data):
    with translation.override("zh-hans"):  # whatever the worker speaks
        message = taken(lead, data)
    assert message.state == "failed"
    assert "damaged" in message.problem_told
    with translation.override("zh-hans"):
        assert "损坏" in message.problem_told


def test_a_locked_pdf_says_so(lead):
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    message = taken(lead, out.getvalue())
    assert message.state == "failed"
    assert "password" in message.problem


def test_a_file_that_is_gone_says_so(lead):
    message = messages.add_file(lead, upload=SimpleUploadedFile("a.pdf", pdf(WORDS)), by=None)
    message.file.storage.delete(message.file.name)
    files.work(jobs.claim("ml"))
    message.refresh_from_db()
    assert message.state == "failed"


def test_working_a_file_twice_does_it_once(lead):
    message = taken(lead, pdf(WORDS))
    Job.objects.filter(kind="crm.read").delete()
    jobs.enqueue("crm.extract", {"message": message.pk})
    files.work(jobs.claim("ml"))
    assert Job.objects.filter(kind="crm.read").count() == 0
    assert Message.objects.get().text == WORDS


def test_only_the_owner_team_downloads_and_never_inline(lead, rep_client, stranger_client):
    message = messages.add_file(lead, upload=SimpleUploadedFile("Anfrage ä.pdf", pdf(WORDS)), by=None)
    answer = rep_client.get(f"/messages/{message.pk}/file/")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == pdf(WORDS)
    assert stranger_client.get(f"/messages/{message.pk}/file/").status_code == 404
