"""One word for one thing, in each Chinese script: the other word that was there once does not come back."""

from __future__ import annotations

import pytest

from locales.catalogs import read_catalog
from locales.languages import FOLDER

# What is not said: what is said in its place.
INSTEAD = {
    "zh-Hans": {
        "暂放": "搁置",
        "休眠": "搁置",
        "暂缓": "暂停提醒",
        "自动助理": "自动助手",
        "等候中": "等待中",
        "快捷回复": "常用回复",
        "结单": "结案",
    },
    "zh-Hant": {
        "暫放": "擱置",
        "休眠": "擱置",
        "暫緩": "暫停提醒",
        "自動助理": "自動小幫手",
        "等待中": "等候中",
        "個案件": "件案件",
        "稽核記錄": "稽核紀錄",
        "完整記錄": "完整紀錄",
        "早的記錄": "早的紀錄",
    },
}


@pytest.mark.parametrize("language", INSTEAD)
def test_a_thing_is_called_by_one_word(language: str) -> None:
    said = [
        m.string if isinstance(m.string, str) else "".join(m.string) for m in read_catalog(language, FOLDER) if m.id
    ]
    assert [(text, INSTEAD[language][word]) for text in said for word in INSTEAD[language] if word in text] == []
    assert all(any(word in text for text in said) for word in INSTEAD[language].values())
