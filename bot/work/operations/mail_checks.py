"""The part of a check that asks the mail server: does it answer, encrypt, and accept the login? No mail is sent."""

from __future__ import annotations

from bot.channels import Refused
from bot.clock import Clock
from bot.rules.channels import BY_NAME
from bot.settings import Settings
from bot.work.operations.findings import Finding, bad, doubtful, good

WITHIN_S = 5.0
WHAT = "mail server"


async def examine_mail(settings: Settings, clock: Clock) -> list[Finding]:
    """One finding if e-mail is set up, none if not."""
    url = settings.url_of(BY_NAME["email"])
    if url is None:
        return []
    from bot.channels.email import EmailChannel

    channel = EmailChannel(url.get_secret_value(), settings.brand, clock)
    refused = await channel.check(WITHIN_S)
    if refused is not None:
        return [_refused(refused)]
    return [good(WHAT, "it answers and accepts the login" + (", encrypted" if channel.is_encrypted else ""))]


def _refused(refused: Refused) -> Finding:
    """What is wrong, without the server's own words, which may contain anything."""
    if refused.reason == "no_encryption":
        mend = "use a server that offers it, or smtps://… in DUEBOT_SMTP_URL; where it does offer it, somebody between "
        return bad(WHAT, refused.detail, mend + "takes the offer away")
    if refused.reason == "unauthorized":
        mend = "set the user and password in DUEBOT_SMTP_URL to those that the server knows, percent-encoded"
        return bad(WHAT, f"it refuses the login ({refused.detail})", mend)
    if refused.reason == "network":
        mend = "make sure that this machine reaches the server in DUEBOT_SMTP_URL, and that its certificate is valid"
        return bad(WHAT, f"it cannot be reached ({refused.detail})", mend)
    mend = "try again later; if it stays so, ask the operator of the server"
    return (doubtful if refused.reason == "deferred" else bad)(WHAT, f"it refuses duebot ({refused.detail})", mend)
