"""Policy files that the tests of policies start from."""

# Every key that a policy file may have, as the documentation shows it.
PROMISED = """\
name = "humane"
languages = ["zh-Hans", "zh-Hant", "en"]
grace_days = 3                         # past due, but no fee and no person yet
minimum_amount = { TWD = "30", CNY = "5", USD = "1" }   # owed less than this: no reminder
sending_hours = { from = "09:00", to = "20:00" }        # local time; rest_days = ["sun"], holidays = "CN"
packs = ["cn"]                         # rules of a jurisdiction; they only ever tighten what stands here
max_per_day = 1
max_per_week = 3
facts_max_age = "36h"                  # older facts: no amounts, and supervisors are told; without it, never

[[step]]
id = "before-3"
day = -3
message = "upcoming"
channels = ["telegram", "email", "sms"]     # in this order, the next when one cannot reach

[[step]]
id = "after-5"
day = 5
escalate = "overdue"                        # a case for the agents' queue

[guarantee]
sent_by_day = 1                        # past due by so many days: a message was accepted on a live channel …
seen_by_day = 7                        # … and by then there is a sign of life; otherwise a person takes over

[charges]
late_fee = { TWD = "300", CNY = "10", USD = "5" }       # once per instalment, after grace
daily_rate = "0.0005"                  # per day on what is overdue, after grace
cap = "0.36"                           # never more than this a year, all charges together

[segment.trusted]                      # any of the keys above, for customers of that segment
grace_days = 5
"""
# As little as a policy can be.
LADDER = """
[[step]]
id = "due"
day = 0
message = "due_today"

[[step]]
id = "person"
day = 5
escalate = "overdue"
"""
