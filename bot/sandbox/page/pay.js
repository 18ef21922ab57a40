// The wallet's page to pay at, in the customer's language: as a sheet over their phone, or by itself under its address.

import { make } from "./dom.js";
import { dateLanguage } from "./words.js";

const WORDS = {
  en: {
    title: "Pay in Wallet", due: "Due", pay: (sum) => `Pay ${sum}`, part: "Pay a part", amount: "Amount", payPart: "Pay this much",
    close: "Close", back: "Done", paid: (sum) => `Paid: ${sum}`, left: (sum) => `Still to pay: ${sum}`,
    nothing: "This is paid. Thank you!", paying: "One moment…", offline: "The wallet can't be reached. Please try again.",
  },
  zh: {
    title: "Wallet 还款", due: "还款日", pay: (sum) => `还款 ${sum}`, part: "只还一部分", amount: "金额", payPart: "还这么多",
    close: "关闭", back: "完成", paid: (sum) => `已还 ${sum}`, left: (sum) => `待还 ${sum}`,
    nothing: "这一笔已还清，谢谢您！", paying: "请稍候…", offline: "暂时连不上钱包，请再试一次。",
  },
};

export class WalletPage {
  // `closed()` is called when the person goes back; without it there is nothing to go back to.
  constructor(bill, closed = null) {
    this.address = `/local/bill/${encodeURIComponent(bill)}`;
    this.closed = closed;
    this.root = make("section", { class: "till", role: "dialog", "data-testid": "wallet-page", tabindex: "-1" });
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closed?.(); });
  }

  async open() {
    this.show(await this.ask({}));
    this.root.focus();
  }

  // The bill as the wallet knows it now, or `{ why }`.
  async ask(request) {
    try {
      const answer = await fetch(this.address, request);
      return await answer.json();
    } catch {
      return { why: WORDS[this.bill?.language.startsWith("zh") ? "zh" : "en"].offline };
    }
  }

  show(bill, paid = 0) {
    if (bill.why) return this.complain(bill.why);
    this.bill = bill;
    const words = WORDS[bill.language.startsWith("zh") ? "zh" : "en"];
    const sum = (amount) => new Intl.NumberFormat(bill.language, { style: "currency", currency: bill.currency }).format(amount);
    const day = new Intl.DateTimeFormat(dateLanguage(bill.language), { timeZone: "UTC", dateStyle: "medium" }).format(new Date(`${bill.due}T00:00:00Z`));
    const left = Number(bill.left);
    this.root.lang = bill.language;
    this.root.classList.toggle("paid", Boolean(paid)); // then it leaves room to see what the bot says of it
    this.root.setAttribute("aria-label", words.title);
    const close = this.closed && make("button", { type: "button", class: "quiet", onclick: this.closed, "data-testid": "wallet-close" }, words.close);
    this.said = make("p", { class: "till-said", role: "status", "data-testid": "wallet-said" }, paid ? words.paid(sum(paid)) : left ? "" : words.nothing);
    const about = make("div", { class: "till-about" }, make("span", {}, bill.product), make("span", {}, `${words.due} ${day}`));
    const owed = make("p", { class: "till-sum", "data-testid": "wallet-left" }, paid && left ? words.left(sum(left)) : sum(left));
    const back = paid && this.closed && make("button", { type: "button", class: "solid", onclick: this.closed, "data-testid": "wallet-back" }, words.back);
    this.root.replaceChildren(...[
      make("header", { class: "till-head" }, make("h2", {}, words.title), close || null),
      paid ? make("div", { class: "till-tick", "aria-hidden": "true" }, "✓") : about,
      make("div", { class: "till-words" }, this.said, left ? owed : null), back || null,
      ...(left && !back ? this.ways(words, sum, left) : []),
    ].filter(Boolean));
    (back || this.root).focus?.();
  }

  ways(words, sum, left) {
    const whole = make("button", { type: "button", class: "solid", "data-testid": "wallet-pay", onclick: () => this.pay(this.bill.left, words) }, words.pay(sum(left)));
    const amount = make("input", {
      type: "number", inputmode: "decimal", min: "0.01", max: this.bill.left, step: "0.01", required: true,
      value: (left / 2).toFixed(2), "aria-label": words.amount, "data-testid": "wallet-amount",
    });
    const some = make("button", { type: "submit", class: "action", "data-testid": "wallet-pay-part" }, words.payPart);
    const form = make("form", { class: "till-part" }, amount, some);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.pay(amount.value, words); });
    return [whole, make("details", {}, make("summary", { "data-testid": "wallet-part" }, words.part), form)];
  }

  async pay(amount, words) {
    if (this.paying) return;
    this.paying = true;
    this.said.textContent = words.paying;
    const body = JSON.stringify({ amount: String(amount) });
    const bill = await this.ask({ method: "POST", headers: { "Content-Type": "application/json" }, body });
    this.paying = false;
    this.show(bill, bill.why ? 0 : Number(amount));
  }

  complain(why) {
    this.said ??= this.root.appendChild(make("p", { class: "till-said", role: "status", "data-testid": "wallet-said" }));
    this.said.textContent = why;
  }
}
