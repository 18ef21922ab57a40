"""The rules of jurisdictions that come with duebot, as data, a file each; `bot.rules.policy.packs` reads them."""
