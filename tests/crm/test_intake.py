"""A message from outside finds its company, contact and lead, or has them made; as JSONL, mbox and data."""

import io
import json
import mailbox
import threading
import time
from email.message import EmailMessage

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, transaction

from crm.models import Company, Contact, Lead, Message
from crm.services import intake, matching
from crm.services import mailbox as mails
from crm.services.intake import CompanyHint, ContactHint, IntakeData

pytestmark = pytest.mark.django_db


def take(by, text="We need OCR.", **values):
    return intake.take(IntakeData(text=text, **values), by=by)


def test_the_open_lead_of_the_contact_takes_it(lead, rep):
    result = take(rep, contact=ContactHint(email="ANKE@hanseatic.example"))
    assert (result.lead, result.created) == (lead, True)
    assert result.message.contact == lead.contact


def test_the_lead_of_the_company_takes_it_by_domain_or_nearly_equal_name(lead, rep):
    by_mail = take(rep, contact=ContactHint(email="piet@hanseatic.example"), make=True)
    assert by_mail.lead == lead
    assert by_mail.message.contact.name == "piet"
    assert by_mail.message.contact.company == lead.company
    assert take(rep, company=CompanyHint(name="Hanseatic  Freight GmbH")).lead == lead


def test_nothing_is_made_unless_asked(pipeline, rep):
    with pytest.raises(intake.NoLead):
        take(rep, company=CompanyHint(name="Nordlicht AG"))
    assert not Company.objects.exists()
    assert not Message.objects.exists()


def test_what_is_missing_is_made_and_sorted(pipeline, segments, rep, team):
    result = take(
        rep, company=CompanyHint(name="Nordlicht AG", industry="Logistics", employees=1200), subject="Scanning",
        contact=ContactHint(name="Ida Berg", email="ida@nordlicht.example"), make=True, source="form",
    )  # fmt: skip
    lead = result.lead
    assert (lead.title, lead.stage.name_en, lead.owner, lead.team, lead.source) == (
        "Scanning",
        "New",
        rep,
        team,
        "form",
    )
    assert lead.segment == segments["logistics-large"]
    assert lead.company.domain == "nordlicht.example"
    assert take(rep, contact=ContactHint(email="ida@nordlicht.example"), make=True).lead == lead
    assert Company.objects.count() == Contact.objects.count() == Lead.objects.count() == 1


def test_a_free_mail_address_makes_no_company(pipeline, rep):
    result = take(rep, contact=ContactHint(name="Wang Li", email="wangli@163.com"), make=True)
    assert result.lead.company is None
    assert result.lead.title == "Wang Li"


def test_all_or_nothing(pipeline, rep):
    with pytest.raises(ValidationError):
        take(rep, text="\x00\x01\x02\x03", company=CompanyHint(name="Nordlicht AG"), make=True)
    assert not Company.objects.exists()
    assert not Lead.objects.exists()


def test_a_closed_lead_is_left_alone(lead, stages, rep):
    Lead.objects.filter(pk=lead.pk).update(stage=stages["won"])
    result = take(rep, contact=ContactHint(email=lead.contact.email), make=True)
    assert result.lead != lead
    assert result.lead.company == lead.company


def test_a_stranger_never_reaches_the_rows_of_others(lead, other_rep, rep):
    result = take(other_rep, contact=ContactHint(email=lead.contact.email), external_id="x1", make=True)
    assert result.lead != lead
    assert result.lead.company != lead.company
    mine = take(rep, external_id="x1", make=True)
    assert (mine.created, mine.lead != result.lead) == (True, True)
    assert take(rep, external_id="x1", make=True).message == mine.message


def test_an_id_of_a_colleagues_message_nobody_else_sees_is_as_new(lead, rep, teammate):
    theirs = take(rep, lead=lead, external_id="x1")
    Lead.objects.filter(pk=lead.pk).update(team=None)  # now only its owner sees it
    mine = take(teammate, contact=ContactHint(name="Somebody"), external_id="x1", make=True)
    assert (mine.created, mine.message != theirs.message) == (True, True)
    assert not take(teammate, external_id="x1", make=True).created
    assert not take(rep, external_id="x1").created


def test_a_colleagues_customer_is_not_taken_over(lead, teammate):
    with pytest.raises(PermissionDenied, match="colleague"):
        take(teammate, contact=ContactHint(email=lead.contact.email), make=True)


def test_who_only_reads_adds_nothing(lead, marketer):
    with pytest.raises(PermissionDenied):
        take(marketer, lead=lead)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Hanseatic Freight GmbH & Co. KG", "hanseatic freight"),
        ("长风物流有限公司", "长风物流"),
        ("ACME, Inc.", "Acme"),
        ("Ｔｏｙｏ Ltd", "toyo"),
    ],
)
def test_legal_forms_do_not_count(a, b):
    assert matching.bare(a) == matching.bare(b)


def write(path, *rows):
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows))
    return path


def load(path, *arguments):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("load_messages", str(path), *arguments, stdout=out, stderr=err)
    except SystemExit as exit_:
        code = exit_.code
    return code, out.getvalue(), err.getvalue()


def test_jsonl_is_loaded_once(tmp_path, pipeline, rep):
    path = write(
        tmp_path / "m.jsonl",
        {"id": "m1", "text": "We need OCR.", "company": {"name": "Nordlicht"}, "contact": "ida@nordlicht.example"},
        {
            "id": 2,
            "text": "我们需要智能客服",
            "channel": "chat",
            "company": "长风物流",
            "sent_at": "2026-11-02T08:00:00",
        },
    )
    assert load(path, "--by", rep.email)[0] == 0
    code, out, err = load(path, "--by", rep.email)
    assert (code, err) == (0, "")
    assert "0 messages loaded, 2 were there already" in out
    assert Message.objects.count() == Lead.objects.filter(owner=rep).count() == 2


def test_bad_lines_are_named_and_the_rest_is_loaded(tmp_path, pipeline, rep):
    path = write(
        tmp_path / "m.jsonl", {"text": "one"}, b'{"text": "two"', b"\xff\xfe", b"[]", {"txt": "x"}, {"text": ""},
        {"text": "x", "channel": "pigeon"}, {"text": "x", "sent_at": "soon"}, {"text": "x", "company": {"employees": "many"}},
        {"text": "x", "lead": 10**30}, {"text": "x", "contact": "not an address"}, b"[" * 100_000, b"", {"text": "last"},
    )  # fmt: skip
    code, _out, err = load(path)
    assert code == 1
    assert [int(line.split("line ")[1].split(":")[0]) for line in err.splitlines()] == [
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
    ]
    assert "not JSON" in err
    assert "not UTF-8" in err
    assert set(Message.objects.values_list("text", flat=True)) == {"one", "last"}


def test_a_file_or_person_that_is_not_there(tmp_path):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="no such file"):
        call_command("load_messages", str(tmp_path / "no.jsonl"))
    with pytest.raises(CommandError, match="nobody"):
        call_command("load_messages", str(write(tmp_path / "m.jsonl", {"text": "x"})), "--by", "x@y.z")


def mail(
    subject="Anfrage für OCR", text="Wir brauchen OCR.", html="", sender="Ida Bärg <ida@nordlicht.example>", **more
):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "sales@fairlead.example", subject
    message["Date"], message["Message-ID"] = "Tue, 03 Nov 2026 09:30:00 +0100", more.get("id", "<1@nordlicht.example>")
    if text:
        message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html") if text else message.set_content(html, subtype="html")
    for name, data, kind in more.get("files", ()):
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    return message


def box(path, *rows):
    made = mailbox.mbox(path)
    for row in rows:
        made.add(row)
    made.close()
    return path


def test_a_mail_box_is_loaded_once_with_its_attachments(tmp_path, pipeline, rep, settings):
    files = [
        ("Lastenheft.pdf", b"%PDF-1.7 x", ("application", "pdf")), ("run.exe", b"MZ", ("application", "octet-stream")),
    ]  # fmt: skip
    path = box(
        tmp_path / "in.mbox",
        mail(files=files),
        mail(text="", html="<p>Bitte <b>Angebot</b></p><script>x</script><blockquote>alt</blockquote>", id="<2@n>"),
    )
    assert load(path, "--by", rep.email)[:1] == (0,)
    assert "0 messages loaded, 2 were there already" in load(path, "--by", rep.email)[1]
    first = Message.objects.get(external_id="<1@nordlicht.example>")
    assert (first.subject, first.text.strip()) == ("Anfrage für OCR", "Wir brauchen OCR.")
    assert (first.contact.name, first.contact.company.domain) == ("Ida Bärg", "nordlicht.example")
    assert first.sent_at.isoformat() == "2026-11-03T08:30:00+00:00"
    assert Message.objects.get(external_id="<2@n>").text == "Bitte Angebot\n\n> alt"
    assert [row.file_name for row in Message.objects.filter(channel="file")] == ["Lastenheft.pdf"]


def test_odd_mails_are_named_or_understood(tmp_path, pipeline):
    path = box(
        tmp_path / "in.mbox",
        b"From: x\nSubject: no address\n\nHello\n",
        b"From: a@b.example\nMessage-ID: <q@b>\nDate: not a date\nContent-Type: text/plain; charset=klingon\n\nWe need OCR\n",
        b"From: =?utf-8?q?M=C3=BCller?= <m@b.example>\nSubject: =?gb2312?B?x+vOyqO/?=\n\n\n",
    )
    code, out, err = load(path)
    assert code == 1
    assert "mail 1: no sender" in err
    assert "2 messages loaded" in out
    assert Message.objects.get(external_id="<q@b>").text.strip() == "We need OCR"
    assert Message.objects.get(external_id="").text == "请问？"


def test_our_own_mail_is_outgoing(rep):
    data = mails.parse(mail(sender=f"Mira <{rep.email}>").as_bytes())
    assert data.outgoing
    assert data.contact.email == "sales@fairlead.example"


@pytest.mark.django_db(transaction=True)
def test_the_same_id_from_two_sides_at_once_leaves_one_lead(pipeline, stages):
    """The second one has looked for the id and found nothing when the first one commits."""
    data = IntakeData(text="We need it within two seconds.", external_id="<once@x.example>", title="Once", make=True)
    looked, results = threading.Event(), []

    def second():
        looked.set()
        results.append(intake.take(data, by=None))
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        first = intake.take(data, by=None)
        thread.start()
        looked.wait()
        time.sleep(0.5)  # it waits for our lock, or for our row
    thread.join()
    assert [(result.created, result.message.pk) for result in results] == [(False, first.message.pk)]
    assert Lead.objects.count() == Message.objects.count() == 1
