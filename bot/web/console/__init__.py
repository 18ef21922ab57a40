"""`/console`: the desk in a browser, for agents and supervisors. Pages are made here by Jinja2, from what `bot.work`
reads; what is done goes through the same functions as what is done in the group. `docs/console.md` says how it is used.

- `access`: who is in, and what every form needs; `sign_in`: the one-time link, signing out; `passkeys`: the other
  way in.
- `lists`: the queue, its tabs, filters and search; `cases`: one case; `live`: what has changed, as it changes.
- `operation`: the program's state and the audit log, for supervisors.
- `rendering`: templates, translators, files; `app`: the application with its routes, headers and refusals.
"""
