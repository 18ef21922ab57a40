"""A survey with a question of each kind."""

SURVEY = """name = "spring"
days = 14

[intro]
en = "May we ask you two things?"
zh-Hans = "可以问您两个问题吗？"
zh-Hant = "方便請教您兩個問題嗎？"

[[question]]
id = "clear"
kind = "score"
[question.text]
en = "Were the messages clear?"
zh-Hans = "消息清楚吗？"
zh-Hant = "訊息清楚嗎？"

[[question]]
id = "wish"
kind = "choice"
[question.text]
en = "What would help most?"
zh-Hans = "什么最有帮助？"
zh-Hant = "什麼最有幫助？"
[question.choices]
earlier = { en = "Earlier reminders", zh-Hans = "早点提醒", zh-Hant = "早一點提醒" }
fewer = { en = "Fewer reminders", zh-Hans = "少些提醒", zh-Hant = "少一點提醒" }

[[question]]
id = "why"
kind = "words"
[question.text]
en = "What else?"
zh-Hans = "还有别的吗？"
zh-Hant = "還有其他的嗎？"
"""
