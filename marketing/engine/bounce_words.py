"""The words by which bounces and automatic replies are known where a mail has no fields that say so."""

from __future__ import annotations

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


# What a server says of an address that will never work.
NO_SUCH_ADDRESS = _any(
    r"(?:user|recipient|mailbox|account|address|addressee)s?\b.{0,80}?\b(?:unknown|not (?:been )?(?:found|exist)|does(?:n['’]?t| not) exist|"
    r"doesn't have|(?:is |was )?(?:disabled|deactivated|invalid)|no longer|not listed)",
    r"(?:no such|unknown|invalid|non-?existent|bad|unrouteable|unroutable) (?:local )?(?:user|recipient|mailbox|account|address|destination mailbox|alias)",
    r"not a valid (?:recipient|user|mailbox)", r"no mailbox (?:here )?by that name", r"this address no longer accepts mail",
    r"recipient address rejected: access denied", r"(?:host|domain)(?: name)? (?:not found|does not exist)", r"\bnxdomain\b",
    r"unable to find any host", r"the email account that you tried to reach (?:does not exist|is (?:disabled|inactive))",
    r"couldn['’]t be found|wasn['’]t found at|n['’]existe pas|nicht gefunden|existiert nicht|no existe|não existe|non esiste",
    "用户不存在", "收件人不存在", "邮箱不存在", "帐号不存在", "账号不存在", "地址不存在", "该邮箱已停用", "宛先が見つかりません",
)  # fmt: skip

# What says that the address may work another day, or that only this mail was not wanted.
NOT_THE_ADDRESS = _any(
    r"\b(?:spam|blacklist\w*|blocklist\w*|black ?hole|dnsbl|rbl|spf|dkim|dmarc|reputation|greylist\w*|graylist\w*)\b",
    r"policy (?:violation|reasons?|rejection)|by policy|security (?:policy|reasons?)|content (?:rejected|filter)",
    r"mailbox (?:is |was )?full|(?:over|exceed\w*).{0,30}(?:quota|storage)|quota (?:exceeded|full)|insufficient (?:system )?storage|out of storage",
    r"too (?:large|big)|size limit|rate limit|too many|try again later|temporar(?:y|ily)|timed? ?out|connection refused",
    r"relay(?:ing)? (?:access )?(?:denied|not permitted)", "垃圾邮件", "空间不足", "邮箱已满", "容量已满", "频率", "拒收", "超过大小限制",
)  # fmt: skip

BOUNCE_SENDER = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|mdaemon|microsoftexchange[0-9a-f]+)@", re.IGNORECASE
)
BOUNCE_SUBJECT = _any(
    r"^\W*(?:undeliver|undelivered|delivery (?:status notification|has failed|failure|failed)|mail (?:delivery|system) (?:failed|failure|error)|"
    r"failure notice|returned mail|message not delivered|mail could not be delivered|warning: (?:could not send|message)|nondeliverable|"
    r"unzustellbar|non remis|échec de (?:la )?remise|no se puede entregar|non recapitabile|onbestelbaar|não entregue)",
    r"系统退信|退信通知|邮件退回|投递失败|无法投递|未送达|投遞失敗|配信不能|メールを配信できません|systems? bounce",
)  # fmt: skip
BOUNCE_TEXT = _any(
    r"this is the qmail-send program", r"this is the mail system at host", r"a message that you (?:have )?sent (?:could not|contained)",
    r"could not be delivered to (?:one or more|all|the following)|following (?:recipients?|address(?:es)?).{0,60}(?:failed|could not|permanent|undeliverable)",
    r"(?:message|mail) (?:could not|cannot|was not|wasn['’]t|couldn['’]t) be delivered|was(?:n['’]t| not) delivered to|delivery to the following",
    r"permanent(?:ly)? (?:fatal )?(?:error|failed|failure)|undeliverable|unable to deliver (?:your|this) message|i wasn't able to deliver your message",
    r"konnte nicht zugestellt werden|n['’]a pas pu être (?:remis|distribué)|no se ha podido entregar",
    r"抱歉，您的邮件被退回|您的邮件被退回|无法送达|未能送达|无法发送到以下|退信原因|被退回来|投递到.{0,40}失败",
)  # fmt: skip
DELAY_TEXT = _any(
    r"will (?:continue|keep) (?:trying|retrying)|delivery.{0,40}(?:delayed|deferred)|warning message only|has not (?:yet )?been delivered|"
    r"you do(?: not|n['’]t) need to resend|still being retried|no action is required on your part",
    "正在重试|将继续尝试|继续投递|延迟投递",
)  # fmt: skip
DELAY_SUBJECT = _any(r"delay(?:ed)?\b|\bdeferred\b|^\W*warning:|verzögert|retard[ée]|延迟|遅延")

# How subjects of automatic replies begin. “Re: …” before them is a person who answers one.
AUTO_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|mated)?[- ]?(?:reply|response|antwort|matische antwort|svar)|autoreply|autosvar|automatisch antwoord|automatische antwort|"
    r"(?:i am |i'm |currently )?out of (?:the )?office|\booo\b|on (?:annual |sick |parental )?(?:leave|vacation|holiday)|away from (?:the|my) (?:office|desk)|"
    r"abwesenheit\w*|nicht im (?:büro|haus)|außer haus|réponse automatique|absen(?:t|ce)\b.{0,30}(?:bureau|congé|automatique)|respuesta automática|"
    r"fuera de (?:la )?oficina|risposta automatica|fuori sede|afwezig\w*|resposta automática|fora do escritório|automatyczna odpowiedź|"
    r"odpowiedź automatyczna|automaattinen vastaus|automatická odpověď|автоответ\w*|автоматический ответ|自动(?:回复|答复)|自動(?:回覆|返信|応答)|"
    r"不在(?:のお知らせ|通知|办公室)|休假|外出(?:通知|自动)|자동 ?회신|부재중|otomatik yan[ıi]t)",
    re.IGNORECASE,
)  # fmt: skip
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,4})(?!\.?\d)")
REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-])")
