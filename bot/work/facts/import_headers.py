"""What an import file's header says: the separator, the kind of file, and the meaning of each column.

Columns have the names of `bot.work.facts.import_values`, in any case, or Chinese names. Nothing else in the header is
ever quoted: in a file without a header, somebody's name and phone number are in its place.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.work.facts.import_values import ACCOUNTS, CUSTOMERS, INSTALMENTS, KINDS, PAYMENTS, Kind

SEPARATORS = ",;\t|"
MAX_NAME = 64  # no column name is longer
SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?[,;\t|]*\s*', re.IGNORECASE)  # Excel's own first line

_CUSTOMER = ("客户编号", "客戶編號", "客户号", "客戶號", "客户ID", "客戶ID", "会员编号", "會員編號")
_ACCOUNT = ("账户编号", "帳戶編號", "賬戶編號", "帐户编号", "账号", "帳號", "賬號", "账户ID", "帳戶ID")
_INSTALMENT = ("分期编号", "分期編號", "期款编号", "期款編號", "账单编号", "帳單編號", "賬單編號", "分期ID")

CHINESE: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    CUSTOMERS: {
        "customer_id": _CUSTOMER,
        "name": ("姓名", "客户姓名", "客戶姓名", "名称", "名稱"),
        "language": ("语言", "語言"),
        "time_zone": ("时区", "時區"),
        "phone": ("手机", "手機", "手机号", "手機號", "手机号码", "手機號碼", "电话", "電話", "电话号码", "電話號碼"),
        "email": ("邮箱", "郵箱", "电子邮箱", "電子郵箱", "电子邮件", "電子郵件", "电邮", "電郵"),
        "segment": ("客群", "分群", "客户分群", "客戶分群", "客户等级", "客戶等級"),
        "vulnerable": ("弱势", "弱勢", "弱势客户", "弱勢客戶"),
    },
    ACCOUNTS: {
        "account_id": _ACCOUNT,
        "customer_id": _CUSTOMER,
        "product": ("产品", "產品", "产品名称", "產品名稱"),
        "currency": ("币种", "幣種", "货币", "貨幣", "币别", "幣別"),
        "balance": ("余额", "餘額", "账户余额", "帳戶餘額", "賬戶餘額"),
        "credit_limit": ("额度", "額度", "信用额度", "信用額度"),
    },
    INSTALMENTS: {
        "instalment_id": _INSTALMENT,
        "account_id": _ACCOUNT,
        "due_date": (
            "到期日",
            "到期日期",
            "还款日",
            "還款日",
            "还款日期",
            "還款日期",
            "应还日期",
            "應還日期",
            "繳款日",
        ),
        "amount_due": ("应还金额", "應還金額", "应付金额", "應付金額", "应缴金额", "應繳金額"),
        "amount_paid": ("已还金额", "已還金額", "已付金额", "已付金額", "已缴金额", "已繳金額"),
        "principal": ("本金",),
        "interest": ("利息",),
        "fees": ("费用", "費用"),
        "status": ("状态", "狀態"),
    },
    PAYMENTS: {
        "payment_id": ("还款编号", "還款編號", "付款编号", "付款編號", "缴款编号", "繳款編號", "交易编号", "交易編號"),
        "instalment_id": _INSTALMENT,
        "paid_on": ("付款日期", "付款日", "还款日期", "還款日期", "缴款日期", "繳款日期"),
        "amount": ("金额", "金額", "付款金额", "付款金額", "还款金额", "還款金額", "缴款金额", "繳款金額"),
    },
}


class UnreadableFile(Exception):
    """No row of the file can be read; the message says why and what was expected."""


@dataclass(frozen=True, slots=True)
class Header:
    """The kind of a file, and the column for each of its fields, or "" for a field that is unknown."""

    kind: Kind
    columns: tuple[str, ...]


def separator_of(line: str) -> str:
    """The separator with which the header `line` has most known columns; a comma if there are none."""
    return max(SEPARATORS, key=lambda separator: _names_known(cells_of(line, separator)))


def header_of(cells: Sequence[str]) -> Header:
    """The kind whose required columns are all there; raises `UnreadableFile`, which says what is missing."""
    found = {kind: columns_of(cells, kind) for kind in KINDS}
    scores = {kind: len({*columns} - {"", "as_of"}) for kind, columns in found.items()}
    nearest = max(KINDS, key=lambda kind: (scores[kind], kind.id_column in found[kind]))
    for kind in reversed(KINDS):  # a kind that refers to others has their ids too, so the last one that fits is right
        if set(kind.needed) <= set(found[kind]) and (kind is not CUSTOMERS or _only_customers(cells, nearest, scores)):
            return _without_doubles(kind, found[kind])
    lacking = [column for column in nearest.needed if column not in found[nearest]]
    if not scores[nearest]:
        raise UnreadableFile(
            "names none of the columns that are known; expected a header of "
            + " or ".join(f"{kind.name} ({', '.join(kind.needed)})" for kind in KINDS)
        )
    if not lacking:
        raise UnreadableFile(
            f"is not a header of {nearest.name}: it names {nearest.id_column} and nothing else of theirs"
        )
    raise UnreadableFile(f"looks like the header of {nearest.name}, but lacks {', '.join(lacking)}")


def columns_of(cells: Sequence[str], kind: Kind) -> tuple[str, ...]:
    """The columns of `kind` that the header's cells name. A Chinese name counts only if the column's own name is not
    there."""
    names = [_plain(cell) for cell in cells]
    own = tuple(name if name in kind.columns else "" for name in names)
    chinese = _chinese(kind)
    also = (chinese.get(name, "") for name in names)
    return tuple(column or ("" if other in own else other) for column, other in zip(own, also, strict=True))


@functools.cache
def _chinese(kind: Kind) -> Mapping[str, str]:
    """The columns of `kind` by their Chinese names."""
    return {_plain(name): column for column, several in CHINESE[kind].items() for name in several}


def _only_customers(cells: Sequence[str], nearest: Kind, scores: Mapping[Kind, int]) -> bool:
    """Every file about customers has `customer_id`; a file with no other column of customers says nothing about
    them."""
    others = [cell for cell in cells if _plain(cell) != "as_of"]
    return nearest is CUSTOMERS and (scores[CUSTOMERS] > 1 or len(others) == 1)


def _without_doubles(kind: Kind, columns: tuple[str, ...]) -> Header:
    doubled = [column for column in kind.columns if columns.count(column) > 1]
    if doubled:
        raise UnreadableFile(f"names {', '.join(doubled)} more than once")
    return Header(kind, columns)


def _names_known(cells: Sequence[str]) -> int:
    return max(len({*columns_of(cells, kind)} - {""}) for kind in KINDS)


def cells_of(line: str, separator: str) -> list[str]:
    """The fields of one line; none if it cannot be read."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []


@functools.lru_cache(maxsize=1024)  # each cell of a header is compared with the columns of each kind
def _plain(name: str) -> str:
    if len(name) > MAX_NAME:
        return ""
    seen = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")  # only visible ones
    return "".join(seen).strip().lower()
