"""Complaints, automatic replies in many languages, replies, and what is none of these."""

from tests.marketing.mail_samples import SAMPLES


def arf(kind, extra=""):
    """A complaint as feedback loops send it (RFC 5965)."""
    said = f"Feedback-Type: {kind}\n" if kind else ""
    return (
        "From: Feedback Loop <fbl@provider.example>\nTo: complaints@fairlead.example\nSubject: FW: Private assistants\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\n\n--f\nContent-Type: text/plain\n\nThis is an email abuse report.\n'
        f"--f\nContent-Type: message/feedback-report\n\n{said}User-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Mail-From: <@VERP@>\n{extra}"
        "--f\nContent-Type: message/rfc822\n\nMessage-ID: <@ID@>\nFrom: Elena <elena@fairlead.example>\nTo: @WHO@\nSubject: Private assistants\n\nHello\n--f--\n"
    )


def mail(subject, headers="", body="Text\n", to="@VERP@"):
    """A plain mail of the recipient."""
    return f"From: Anke Petersen <@WHO@>\nTo: {to}\nSubject: {subject}\n{headers}Content-Type: text/plain; charset=utf-8\n\n{body}"


RE = "In-Reply-To: <@ID@>\nReferences: <@ID@>\n"
AUTO = {
    "exchange": ("Automatic reply: Private assistants", f"{RE}X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n"),
    "vacation": ("Re: Private assistants", "Auto-Submitted: auto-replied (vacation)\nPrecedence: bulk\n"),
    "x-autoreply": ("Ich bin im Urlaub", "X-Autoreply: yes\n"), "x-autorespond": ("Thank you", "X-Autorespond: Private assistants\n"),
    "precedence": ("We got your mail", "Precedence: auto_reply\n"), "bulk-answer": ("Ticket 4711", f"{RE}Precedence: bulk\n"),
    "english": ("Out of office: Private assistants", ""), "german": ("Abwesenheitsnotiz: Private assistants", ""),
    "german-2": ("Automatische Antwort: Private assistants", ""), "french": ("Réponse automatique : Private assistants", ""),
    "french-encoded": ("=?iso-8859-1?Q?R=E9ponse_automatique_=3A_Private?=", ""), "spanish": ("Respuesta automática: Private", ""),
    "italian": ("Risposta automatica: Private", ""), "dutch": ("Automatisch antwoord: Private", ""), "polish": ("Odpowiedź automatyczna: Private", ""),
    "russian": ("Автоответ: Private", ""), "chinese": ("自动回复: Private assistants", ""), "chinese-tw": ("自動回覆: Private", ""),
    "japanese": ("自動返信: Private", ""), "korean": ("자동 회신: Private", ""), "qq-auto": ("自动回复：您的邮件已收到", RE),
}  # fmt: skip

SAMPLES |= {
    "arf-abuse": ("complaint", False, "", arf("abuse")), "arf-untyped": ("complaint", False, "", arf("")),
    "arf-fraud": ("complaint", False, "", arf("fraud", "Original-Rcpt-To: <@WHO@>\n")),
    "arf-not-spam": ("other", False, "", arf("not-spam")), "arf-auth-failure": ("other", False, "", arf("auth-failure")),
    **{f"auto-{name}": ("auto-reply", False, "", mail(subject, headers)) for name, (subject, headers) in AUTO.items()},
    "receipt": ("auto-reply", False, "", 'From: @WHO@\nTo: @VERP@\nSubject: Read: Private assistants\nContent-Type: multipart/report; report-type=disposition-notification; boundary="r"\n\n--r\nContent-Type: text/plain\n\nRead.\n--r\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;@WHO@\nDisposition: manual-action/MDN-sent-manually; displayed\n--r--\n'),
    "reply": ("reply", False, "", mail("Re: Private assistants", RE, "Can Helm run in our own data centre?\n\n> Hello\n")),
    "reply-chinese": ("reply", False, "", mail("=?GB2312?B?tPC4tDogUHJpdmF0ZQ==?=", RE, "可以部署在我们机房吗？\n")),
    "reply-to-an-absence": ("reply", False, "", mail("Re: Out of office: Private assistants", RE, "I am back, call me.\n")),
    "reply-about-bounces": ("reply", False, "", mail("Undelivered mail is our problem too", RE, "Our mails come back with 550 5.1.1 user unknown. Can Helm help?\n")),
    "reply-auto-submitted-no": ("reply", False, "", mail("Re: Private", f"{RE}Auto-Submitted: no\n")),
    "reply-phone-suppress": ("reply", False, "", mail("Re: Private", f"{RE}X-Auto-Response-Suppress: OOF\n")),
    "first-mail": ("other", False, "", mail("Question about Helm", "", "Do you have time on Tuesday?\n", "sales@fairlead.example")),
    "newsletter": ("other", False, "", mail("Our November news", "List-Id: <news.hanseatic.example>\nList-Unsubscribe: <https://hanseatic.example/u>\nPrecedence: bulk\n")),
    "postmaster-writes": ("other", False, "", "From: postmaster@hanseatic.example\nTo: elena@fairlead.example\nSubject: Your DNS entry\n\nPlease fix your SPF record, it names a wrong host.\n"),
}  # fmt: skip
