"""The ready replies that come with duebot: `replies.toml`. What a file of replies may say is in
`bot.rules.cases.canned_replies`."""
