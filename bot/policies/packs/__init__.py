"""The rules of jurisdictions that come with duebot, as data, a file each; `bot.rules.packs` reads them."""
