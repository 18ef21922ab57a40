"""Pages and their parts, for Jinja2; sentences in `t("…")`, as in `bot.views`."""
