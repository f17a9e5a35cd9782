"""Personal parts: Liquid on plain dicts, with an end to everything, and nothing of a name in the HTML."""

import pytest
from django.core.exceptions import ValidationError

from crm.models import Contact
from marketing.services import copies, copy_sentences, personal

EMPTY = {"contact": {"first_name": "Anke", "name": "Anke Petersen"}, "company": {}, "sender": {}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% for i in (1..1000000000) %}x{% endfor %}", "more than 200 turns"),
        ("{% for i in (1..20) %}{% for j in (1..20) %}x{% endfor %}{% endfor %}", "more than 200 turns"),
        ("{% for i in (1..200) %}" + "x" * 900 + "{% endfor %}", "grows beyond"),
        ("Hello {{ contact.frist_name }}", "contact.frist_name.*no part we know.*contact.first_name"),
        ("{% if contact.frist_name %}x{% endif %}", "no part we know"),
        ("{{ contact }}", "no part we know"),
        ("{{ settings.SECRET_KEY }}", "no part we know"),
        ("{{ contact.__class__ }}", "no part we know"),
        ("{{ contact.name", "braces are not right"),
        ("{% if contact.name %}x", "braces are not right"),
        ("{% include 'secret' %}", "braces are not right"),
        ("{% assign x = 1 %}", "braces are not right"),
        ("{{ contact.name | replace: 'a', 'aaaaaaaaaa' | replace: 'a', 'aaaaaaaaaa' }}", "unknown filter 'replace'"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_the_reason(text, why):
    with pytest.raises(ValidationError, match=why):
        personal.check(text)


def test_braces_in_a_name_are_never_a_template():
    values = {**EMPTY, "contact": {"first_name": "{{ sender.name }}{% for i in (1..9) %}"}}
    assert personal.render("Hello {{ contact.first_name }},", values) == "Hello {{ sender.name }}{% for i in (1..9) %},"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Hello {{ contact.first_name }}", set()),
        ("Hello {{ contact.title }} at {{ company.name }}", {"contact.title", "company.name"}),
        ("At {{ company.name | default: 'your company' }}", set()),
        ("{% if contact.title %}As {{ contact.title }}, you{% else %}You{% endif %} decide", set()),
        ("{% unless contact.title %}At {{ company.name }}{% endunless %}", {"company.name"}),
        ("{{ company.name | upcase }}", {"company.name"}),
        ("No part at all", set()),
    ],
)
def test_what_is_missing_is_what_would_be_printed(text, missing):
    assert personal.gaps(text, EMPTY) == missing
    if missing:
        with pytest.raises(ValidationError, match="missing"):
            personal.render(text, EMPTY)
    else:
        personal.render(text, EMPTY)


def test_all_that_branches_and_defaults_may_say_is_read():
    text = "{% if contact.title == 'x' %}Helm is free.{% endif %} Hello {{ contact.title | default: 'best of all' }}."
    told = " ".join(personal.readings(text, "en"))
    assert "Helm is free." in told
    assert "best of all" in told
    assert personal.readings("Hello {{ contact.first_name }},", "zh") == ["Hello 安娜,"]
    assert personal.readings("{% for i in (1..2) %}{{ i }} free {% endfor %}", "en")[-1].startswith("free")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{% if company.name %}{{ contact.title }}{% endif %}", {"contact.title"}),
        ("{% if contact.title %}{{ contact.title }}{% else %}{{ company.name }}{% endif %}", {"company.name"}),
        ("{{ contact.title | default: 'you' }}", set()),
        ("{{ contact.title }} {{ company.region }}", {"contact.title", "company.region"}),
    ],
)  # fmt: skip
def test_what_somebody_may_lack(text, parts):
    assert personal.needed(text) == parts


@pytest.mark.parametrize(
    ("name", "first"), [("Anke Petersen", "Anke"), ("王小明", "王小明"), ("José Álvarez", "José"), ("Cher", "Cher")]
)
def test_the_name_to_greet_with(name, first):
    assert personal.first_name(name) == first


@pytest.mark.django_db
def test_html_in_a_name_stays_text(campaign_copy, contact, campaign):
    Contact.objects.filter(pk=contact.pk).update(name="<script>alert(1)</script>\r\nBcc: x@y.example Petersen")
    contact.company.name = 'Hanseatic <b>&"Freight"'
    contact.refresh_from_db(fields=["name"])
    subject, body, html = copies.text(campaign_copy, personal.values(contact, campaign), 1)
    assert subject == 'For Hanseatic <b>&"Freight": AI at home'
    assert "<script>alert(1)</script>" in body
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    contact.company.name = "Two\nLines\r\nBcc: x@y.example"
    assert "\n" not in copies.text(campaign_copy, personal.values(contact, campaign), 1)[0]


@pytest.mark.django_db
def test_a_value_makes_no_new_paragraph_and_an_empty_branch_leaves_no_gap(campaign_copy, contact, campaign, marketer):
    row = campaign_copy.sentences.get(position=2)
    copy_sentences.edit(
        row, "{% if contact.title == 'x' %}Sir.{% endif %}", by=marketer, expected=campaign_copy.version
    )
    _subject, body, html = copies.text(copies.of(campaign).get(), personal.values(contact, campaign))
    assert body.count("\n\n") == 2
    assert html.count("<p>") == 3
    assert "  " not in body


@pytest.mark.django_db
def test_a_loop_is_refused_in_the_editor_and_nothing_is_written(campaign_copy, marketer):
    row = campaign_copy.sentences.get(position=2)
    with pytest.raises(ValidationError, match="more than 200 turns"):
        copy_sentences.edit(row, "{% for i in (1..999999) %}x{% endfor %}", by=marketer, expected=campaign_copy.version)
    row.refresh_from_db()
    campaign_copy.refresh_from_db()
    assert (row.text, campaign_copy.version) == ("May your documents leave your own servers?", 1)
