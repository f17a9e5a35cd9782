"""Search over the sales side."""

import base64


def test_search_finds_what_one_may_read_and_nothing_else(rep_client, stranger_client, lead, claims, other_lead):
    page = rep_client.get("/search/?q=hanseatic").content.decode()
    assert lead.title in page
    assert lead.company.name in page
    assert "fl-empty" in stranger_client.get("/search/?q=hanseatic").content.decode()
    assert "data centre" in rep_client.get("/search/?palette=1&q=机房").content.decode()
    assert "fl-empty" in rep_client.get("/search/?q=h").content.decode()


def test_search_of_messages_leads_to_their_place(rep_client, lead):
    message = lead.messages.create(channel="mail", text="Our agents are swamped with parcel questions " * 5)
    page = rep_client.get("/search/?q=swamped+parcel").content.decode()
    assert f"#message-{message.pk}" in page


def test_a_nul_in_an_address_finds_nothing_and_breaks_nothing(rep_client):
    """PostgreSQL refuses it in any text; the run on PostgreSQL is where this can fail."""
    for path in ("/search/?q=a%00b", "/claims/?q=a%00b&need=%00", "/companies/names/?company_name=a%00b"):
        assert rep_client.get(path).status_code == 200, path
    cursor = base64.urlsafe_b64encode(b'["a\\u0000", 1, false, 2]').decode()
    assert rep_client.get(f"/companies/?cursor={cursor}").status_code == 200
