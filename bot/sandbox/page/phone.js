// One person's phone: their chat with the bot, and over it the wallet's page when they pay.

import { Composer } from "./composer.js";
import { avatar, make } from "./dom.js";
import { languageOf } from "./lang.js";
import { MessageList } from "./messages.js";
import { WalletPage } from "./pay.js";
import { fillWords, word } from "./words.js";

export class Phone {
  // `tillChanged()` is called when the wallet's page shows something else.
  constructor(phone, bot, send, tillChanged) {
    this.id = phone.id;
    this.tillChanged = tillChanged;
    this.bot = bot;
    this.send = (what, more = {}) => {
      this.list.awaitAnswer();
      return send({ what, person: this.id, ...more });
    };
    this.composer = new Composer({
      say: (text, replyTo) => this.send("say", { text, reply_to: replyTo }),
      edit: (message, text) => this.send("edit", { message, text }),
      key: (text) => this.send("key", { text }),
      upload: (file, caption) => send({ person: this.id, caption }, file),
    });
    this.list = new MessageList({
      name: phone.name, zone: phone.zone, botUsername: bot.username, named: false, language: phone.language,
      deeds: {
        press: (message, row, column) => this.send("press", { message: message.id, row, column }),
        say: (text) => this.send("say", { text }),
        pay: (bill) => this.pay(bill),
        edit: (message) => this.composer.about("edit", message),
        reply: (message) => this.composer.about("reply", message),
      },
    });
    this.list.me = this.id;
    this.build(phone);
  }

  build(phone) {
    this.owner = make("h2", { class: "owner" });
    this.status = make("span", { class: "status" });
    this.block = make("button", { type: "button", class: "quiet", "data-testid": "block" });
    this.block.addEventListener("click", () => this.send(this.state.blocked ? "unblock" : "block"));
    this.instead = make("button", { type: "button", class: "solid wide", "data-testid": "start", hidden: true });
    this.instead.addEventListener("click", () => this.begin());
    this.goneNote = make("p", { class: "closed-note", hidden: true });
    this.toast = make("div", { class: "toast", role: "status", "aria-live": "polite", "data-testid": "toast" });
    this.name = make("strong");
    const head = make("div", { class: "head" }, avatar(this.bot.name, 0), make("div", { class: "who" }, this.name, this.status), this.block);
    this.screen = make("div", { class: "screen" }, head, this.list.root, this.toast, this.goneNote, this.instead, this.composer.root);
    this.root = make("section", { class: "pane phone", "data-testid": `phone-${phone.id}` }, make("div", { class: "caption" }, this.owner), this.screen);
    fillWords(this.root);
  }

  // The wallet's page, as Telegram opens a link over the chat; afterwards the chat shows what came of it.
  pay(bill) {
    this.closeTill?.();
    const opener = document.activeElement;
    const till = new WalletPage(bill, () => this.closeTill());
    this.closeTill = () => {
      till.root.remove();
      this.closeTill = null;
      this.list.toEnd();
      this.tillChanged();
      (opener?.isConnected ? opener : this.composer.input).focus({ preventScroll: true });
    };
    new MutationObserver(() => this.tillChanged()).observe(till.root, { childList: true });
    this.screen.append(till.root);
    this.list.toEnd();
    till.open();
  }

  async begin() {
    if (this.state.blocked && !(await this.send("unblock"))) return;
    await this.send("say", { text: this.state.start });
  }

  update(phone, messages) {
    this.state = phone;
    this.name.textContent = phone.bot;
    this.name.lang = languageOf(phone.bot, phone.language);
    this.owner.textContent = word("phoneOf")(phone.name);
    this.root.setAttribute("aria-label", word("phoneOf")(phone.name));
    this.showTyping(phone.typing);
    this.block.textContent = word(phone.blocked ? "unblock" : "block");
    this.block.hidden = !phone.started || phone.deactivated;
    const silent = !phone.started || phone.blocked || phone.deactivated;
    this.composer.root.hidden = silent;
    this.instead.hidden = !silent || phone.deactivated;
    this.instead.textContent = word(phone.blocked ? "restart" : "start");
    this.goneNote.hidden = !phone.blocked && !phone.deactivated;
    this.goneNote.textContent = word(phone.deactivated ? "gone" : "blockedNote");
    this.composer.setCommands(phone.menu);
    this.composer.setKeyboard(phone.keyboard);
    this.list.show(messages, phone.started ? word("empty") : word("whatCan"));
  }

  showTyping(typing) {
    clearTimeout(this.typingEnds);
    this.status.textContent = typing ? word("typing") : word("bot");
    if (typing) this.typingEnds = setTimeout(() => this.showTyping(null), typing.left_ms);
  }

  say(text) {
    clearTimeout(this.toastEnds);
    this.toast.textContent = text;
    this.toast.lang = languageOf(text, this.state.language);
    this.toast.classList.add("shown");
    this.toastEnds = setTimeout(() => this.toast.classList.remove("shown"), 3500);
  }
}
