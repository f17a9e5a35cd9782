"""Search over the sales side."""


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
