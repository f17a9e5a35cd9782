"""Mails as they really come back, by shape. `@VERP@` is where our bounces come in, `@ID@` our Message-ID, `@WHO@` the recipient.

Each: name → (kind, hard, status, raw text). The second half is in mail_samples_more.py.
"""

_COPY = "Content-Type: message/rfc822\n\nReturn-Path: <@VERP@>\nMessage-ID: <@ID@>\nFrom: Elena <elena@fairlead.example>\nTo: @WHO@\nSubject: Private assistants\n\nHello\n"


def dsn(head, human, fields, copy=_COPY):
    """A report of three parts as RFC 3464 wants it."""
    return (
        f'{head}To: @VERP@\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b1"\n\n'
        f"--b1\nContent-Type: text/plain; charset=us-ascii\n\n{human}\n--b1\nContent-Type: message/delivery-status\n\n{fields}\n"
        f"--b1\n{copy}\n--b1--\n"
    )


POSTFIX = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.fairlead.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
REPORTING = "Reporting-MTA: dns; mx.fairlead.example\nX-Postfix-Queue-ID: 4F2A1\nArrival-Date: Sun, 29 Nov 2026 10:00:00 +0000 (UTC)\n\n"


def postfix(status, diagnostic, action="failed", head=POSTFIX):
    return dsn(
        head, "This is the mail system at host mx.fairlead.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.",
        f"{REPORTING}Final-Recipient: rfc822; @WHO@\nOriginal-Recipient: rfc822;@WHO@\nAction: {action}\nStatus: {status}\nRemote-MTA: dns; mx.hanseatic.example\nDiagnostic-Code: {diagnostic}\n",
    )  # fmt: skip


EXCHANGE = "Return-Path: <>\nFrom: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@hanseatic.example>\nSubject: Undeliverable: Private assistants\nContent-Language: en-US\n"
GMAIL = "Return-Path: <>\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: @WHO@\nAuto-Submitted: auto-replied\nReferences: <@ID@>\nIn-Reply-To: <@ID@>\n"

SAMPLES = {
    "postfix-user-unknown": ("bounce", True, "5.1.1", postfix("5.1.1", "smtp; 550 5.1.1 <@WHO@>: Recipient address rejected: User unknown in\n    virtual mailbox table")),
    "postfix-no-such-domain": ("bounce", True, "5.4.4", postfix("5.4.4", "X-Postfix; Host or domain name not found. Name service error for\n    name=hanseatic.example type=AAAA: Host not found")),
    "postfix-expired": ("bounce", False, "4.4.1", postfix("4.4.1", "X-Postfix; connect to mx.hanseatic.example[192.0.2.7]:25: Connection timed out")),
    "postfix-mailbox-full": ("bounce", False, "5.2.2", postfix("5.2.2", "smtp; 552 5.2.2 Mailbox full")),
    "postfix-policy": ("bounce", False, "5.7.1", postfix("5.7.1", "smtp; 550 5.7.1 Message rejected due to SPF policy")),
    "postfix-policy-user": ("bounce", False, "5.7.1", postfix("5.7.1", "smtp; 550 5.7.1 User unknown, or you are not allowed to write to them")),
    "postfix-delayed": ("delayed", False, "4.4.1", postfix("4.4.1", "X-Postfix; connect to mx.hanseatic.example: Connection refused", "delayed", POSTFIX.replace("Undelivered Mail Returned to Sender", "Delayed Mail (still being retried)"))),
    "postfix-success": ("other", False, "", postfix("2.0.0", "smtp; 250 2.0.0 Ok: queued", "delivered", POSTFIX.replace("Undelivered Mail Returned to Sender", "Successful Mail Delivery Report"))),
    "postfix-address-but-blocklist": ("bounce", False, "5.1.1", postfix("5.1.1", "smtp; 550 5.1.1 rejected, your host is on a DNSBL")),
    "exchange-not-found": ("bounce", True, "5.1.10", dsn(EXCHANGE, "Your message to @WHO@ couldn't be delivered.", "Reporting-MTA: dns;AM0PR07MB1234.eurprd07.prod.outlook.com\n\nFinal-Recipient: rfc822;@WHO@\nAction: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient @WHO@ not found by SMTP address lookup\n")),
    "exchange-access-denied": ("bounce", True, "5.4.1", dsn(EXCHANGE, "Your message couldn't be delivered.", "Reporting-MTA: dns;mail.protection.outlook.com\n\nFinal-Recipient: rfc822;@WHO@\nAction: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281)\n")),
    "exchange-restricted": ("bounce", False, "5.7.133", dsn(EXCHANGE, "The group only accepts messages from people in its organization.", "Reporting-MTA: dns;outlook.com\n\nFinal-Recipient: rfc822;@WHO@\nAction: failed\nStatus: 5.7.133\nDiagnostic-Code: smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup\n")),
    "exchange-quota-headers-only": ("bounce", False, "5.2.2", dsn(EXCHANGE, "The recipient's mailbox is full.", "Reporting-MTA: dns;ex1.hanseatic.example\n\nFinal-Recipient: rfc822;@WHO@\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp;554 5.2.2 STOREDRV.Deliver; mailbox full\n", "Content-Type: text/rfc822-headers\n\nMessage-ID: <@ID@>\nTo: @WHO@\nSubject: Private assistants\n")),
    "gmail-does-not-exist": ("bounce", True, "5.1.1", dsn(GMAIL, "** Address not found **\n\nYour message wasn't delivered to @WHO@ because the address couldn't be found.", "Reporting-MTA: dns; googlemail.com\nReceived-From-MTA: dns; elena@fairlead.example\nX-Original-Message-ID: <@ID@>\n\nFinal-Recipient: rfc822; @WHO@\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.26)\nDiagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n 550-5.1.1 double-checking the recipient's email address for typos or unnecessary spaces.\n")),
    "gmail-delay": ("delayed", False, "4.4.1", dsn(GMAIL.replace("(Failure)", "(Delay)"), "** Delivery incomplete **\n\nGmail will retry for 45 more hours.", "Reporting-MTA: dns; googlemail.com\n\nFinal-Recipient: rfc822; @WHO@\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; The recipient server did not accept our requests to connect.\nWill-Retry-Until: Tue, 01 Dec 2026 10:00:00 -0800\n")),
    "exim-text": ("bounce", True, "5.0.0", "Return-path: <>\nFrom: Mail Delivery System <Mailer-Daemon@exim.hanseatic.example>\nTo: @VERP@\nX-Failed-Recipients: @WHO@\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  @WHO@\n    host mx.hanseatic.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<@WHO@>:\n    550 Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <@VERP@>\nMessage-ID: <@ID@>\nTo: @WHO@\nSubject: Private assistants\n\nHello\n"),
    "exim-warning": ("delayed", False, "", "Return-path: <>\nFrom: Mail Delivery System <Mailer-Daemon@exim.hanseatic.example>\nTo: @VERP@\nAuto-Submitted: auto-replied\nSubject: Warning: message 1a2b3c-000 delayed 24 hours\n\nThis message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been delivered is:\n\n  @WHO@\n    Delay reason: Connection refused\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n"),
    "qmail": ("bounce", True, "5.1.1", "Return-Path: <>\nFrom: MAILER-DAEMON@qmail.hanseatic.example\nTo: @VERP@\nSubject: failure notice\n\nHi. This is the qmail-send program at qmail.hanseatic.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<@WHO@>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <@VERP@>\nMessage-ID: <@ID@>\nFrom: Elena <elena@fairlead.example>\nTo: @WHO@\n\nHello\n"),
    "qq": ("bounce", True, "5.0.0", "Return-Path: <>\nFrom: \"PostMaster\" <PostMaster@qq.com>\nTo: @VERP@\nSubject: =?gb18030?B?z7XNs83L0MU=?=/Systems bounce\nContent-Type: text/plain; charset=\"gb18030\"\nContent-Transfer-Encoding: 8bit\n\n抱歉，您的邮件被退回来了……\n原邮件信息：\n收件人：@WHO@\n退信原因：收件人邮箱不存在 550 Mailbox not found\n建议解决方案：请核对收件人地址。\n"),
    "qq-full": ("bounce", False, "", "Return-Path: <>\nFrom: PostMaster@qq.com\nTo: @VERP@\nSubject: 来自qq.com的退信\nContent-Type: text/html; charset=utf-8\n\n<html><body><p>抱歉，您的邮件被退回来了</p><p>收件人：@WHO@</p><p>退信原因：对方邮箱空间不足，邮箱已满</p></body></html>\n"),
    "netease-163": ("bounce", True, "5.1.1", dsn("Return-Path: <>\nFrom: Postmaster@163.com\nSubject: =?UTF-8?B?57O757uf6YCA5L+h?=\n", "您的邮件无法送达以下收件人。", "Reporting-MTA: dns; m12-11.163.com\n\nFinal-Recipient: rfc822; @WHO@\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 User not found\n")),
    "netease-frequency": ("bounce", False, "5.0.0", dsn("Return-Path: <>\nFrom: Postmaster@163.com\nSubject: 系统退信\n", "您的邮件无法送达。", "Reporting-MTA: dns; m12-11.163.com\n\nFinal-Recipient: rfc822; @WHO@\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 554 DT:SPM 163 smtp,垃圾邮件\n")),
    "status-in-base64": ("bounce", True, "5.1.1", dsn(POSTFIX, "Sorry.", "@B64@").replace("Content-Type: message/delivery-status\n", "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n").replace("@B64@", "UmVwb3J0aW5nLU1UQTogZG5zOyBteAoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFua2VAaGFu\nc2VhdGljLmV4YW1wbGUKQWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjEuMQo=")),
    "notes-no-report": ("bounce", True, "5.0.0", "Return-Path: <>\nFrom: Postmaster@hanseatic.example\nTo: @VERP@\nSubject: DELIVERY FAILURE: User anke (anke@hanseatic.example) not listed in Domino Directory\n\nYour message\n\n  Subject: Private assistants\n\nwas not delivered to:\n\n  @WHO@\n\nbecause:\n\n  550 User anke not listed in Domino Directory\n"),
}  # fmt: skip
