// A list of messages: makes what is new, replaces what changed, leaves the rest alone, and brings into view what comes.

import { avatar, icon, make } from "./dom.js";
import { languageOf } from "./lang.js";
import { billAt, deepLink, formatted, inPlace, payPage, topicLink } from "./text.js";
import { currentLanguage, dateLanguage, word } from "./words.js";

const BY_HAND_MS = 700; // so long after a touch of the wheel, the list still moves
const AWAITED_MS = 6000; // so long what the bot says counts as the answer to a press

export class MessageList {
  // `deeds`: press(message, row, column), say(text), edit(message), reply(message), pay(bill); in a group open(topic)
  constructor({ name, zone, botUsername, deeds, named, language, groupId = null }) {
    this.zone = zone;
    this.botUsername = botUsername;
    this.deeds = deeds;
    this.groupId = groupId;
    this.language = language;
    this.named = named; // shows who wrote, as in groups
    this.me = null;
    this.shown = new Map();
    this.inner = make("div", { class: "thread" });
    this.root = make("div", {
      class: "messages", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": word("messagesOf")(name),
    }, this.inner);
    // Where the screen shrinks or grows around it, the newest message stays in sight, until somebody scrolls away.
    this.following = true;
    this.held = null; // what was brought into view, if it is not the newest message
    this.awaitedUntil = 0;
    this.scrolledByHand = 0;
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      this.root.addEventListener(kind, () => { this.scrolledByHand = Date.now(); }, { passive: true });
    }
    this.root.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => { if (this.following) this.settle(); }).observe(this.root);
  }

  // A list also scrolls by itself, when it grows or its size changes; that is nobody's wish.
  scrolled() {
    const now = Date.now();
    if (now - this.scrolledByHand > BY_HAND_MS) return;
    this.scrolledByHand = now;
    this.following = this.isAtEnd();
    this.held = null;
  }

  isAtEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 80;
  }

  // Something was pressed or written: what the bot says now is brought into view.
  awaitAnswer() {
    this.awaitedUntil = Date.now() + AWAITED_MS;
  }

  // Shows exactly these messages, oldest first.
  show(messages, emptyText) {
    const wanted = this.withDays(messages);
    const grown = wanted.length > this.shown.size;
    const kept = new Map();
    let before = null;
    let edited = null;
    for (const { key, stamp, build, bot } of wanted) {
      const old = this.shown.get(key);
      const element = old && old.stamp === stamp ? old.element : build();
      if (old && old.element !== element) {
        old.element.replaceWith(element);
        if (bot) edited = element;
      }
      const next = before ? before.nextSibling : this.inner.firstChild;
      if (next !== element) this.inner.insertBefore(element, next);
      kept.set(key, { stamp, element });
      before = element;
    }
    for (const [key, { element }] of this.shown) if (!kept.has(key)) element.remove();
    this.shown = kept;
    this.showEmpty(messages.length ? null : emptyText);
    const awaited = Date.now() < this.awaitedUntil;
    const mine = messages.at(-1)?.from.id === this.me;
    if (grown && !mine) this.awaitedUntil = 0; // it was answered: what is edited later does not take its place in view
    if (grown && (this.following || awaited || mine)) this.toEnd();
    else if (edited && awaited) this.bring(edited);
    else if (edited && this.following) this.settle();
  }

  settle() {
    if (this.held?.isConnected) this.bring(this.held);
    else this.toEnd();
  }

  // The newest message: its end, or its beginning where it is longer than the screen.
  toEnd() {
    const newest = [...this.inner.children].filter((row) => row.classList.contains("row")).at(-1);
    const tooLong = newest && newest.offsetHeight + 20 > this.root.clientHeight;
    this.root.scrollTop = tooLong ? newest.offsetTop - 8 : this.root.scrollHeight;
    this.following = true;
    this.held = null;
  }

  // Scrolls as little as shows the element; its beginning where it is longer than the screen.
  bring(element) {
    this.held = element;
    const seen = this.root.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    if (box.top < seen.top || box.height > seen.height) this.root.scrollTop += box.top - seen.top - 8;
    else if (box.bottom > seen.bottom) this.root.scrollTop += box.bottom - seen.bottom + 8;
  }

  forget() {
    this.inner.replaceChildren();
    this.shown = new Map();
  }

  showEmpty(text) {
    this.empty?.remove();
    this.empty = text ? make("p", { class: "nothing" }, text) : null;
    if (this.empty) this.inner.append(this.empty);
  }

  withDays(messages) {
    const format = new Intl.DateTimeFormat(dateLanguage(), {
      timeZone: this.zone, weekday: "short", day: "numeric", month: "long",
    });
    const rows = [];
    let lastDay = null;
    messages.forEach((message, index) => {
      const day = format.format(message.date * 1000);
      if (day !== lastDay) {
        rows.push({ key: `day ${day} ${message.id}`, stamp: 0, build: () => make("div", { class: "day" }, make("span", {}, day)) });
        lastDay = day;
      }
      const follows = !message.service && sameWriter(messages[index - 1], message);
      const stamp = `${message.seq} ${this.me} ${follows} ${currentLanguage()}`;
      rows.push({ key: `message ${message.id}`, stamp, bot: message.from.bot, build: () => this.build(message, follows) });
    });
    return rows;
  }

  build(message, follows) {
    if (message.service) {
      const text = word("service")[message.service.kind](message.service.name);
      return make("div", { class: "service", "data-testid": `message-${message.id}` }, make("span", {}, text));
    }
    const mine = message.from.id === this.me;
    const bubble = make("div", { class: "bubble" });
    if (this.named && !mine && !follows) bubble.append(make("div", { class: "writer" }, message.from.name));
    if (message.forwarded) bubble.append(make("div", { class: "writer" }, `${word("forwarded")} ${message.forwarded}`));
    if (message.reply) bubble.append(quote(message.reply));
    bubble.append(...this.attachments(message));
    if (message.text) {
      const said = make("div", { class: "text", dir: "auto", lang: this.languageOf(message) });
      said.append(formatted(message.text, message.entities, this.botUsername, (kind, value) => this.deeds[kind](value)));
      bubble.append(said);
    }
    bubble.append(this.foot(message));
    const side = mine ? "mine" : "theirs";
    const row = make("div", { class: `row ${side}${follows ? " follows" : ""}`, "data-testid": `message-${message.id}` });
    if (this.named && !mine) row.append(follows ? make("span", { class: "gap" }) : avatar(message.from.name, message.from.bot ? 0 : message.from.id));
    const stack = make("div", { class: message.rows.length ? "stack keyed" : "stack" }, make("div", { class: "line" }, bubble, this.tools(message, mine)));
    if (message.rows.length) stack.append(this.keyboard(message));
    row.append(stack);
    return row;
  }

  languageOf(message) {
    return languageOf(message.text, this.language);
  }

  foot(message) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, hour: "2-digit", minute: "2-digit" });
    const foot = make("div", { class: "foot" });
    if (message.reaction) foot.append(make("span", { class: "reaction" }, message.reaction));
    if (message.only) foot.append(make("span", {}, word("only")(message.only)));
    if (message.edited) foot.append(make("span", {}, word("edited")));
    foot.append(make("time", {}, format.format(message.date * 1000)));
    return foot;
  }

  tools(message, mine) {
    const tools = make("div", { class: "tools" });
    const button = (name, deed) => {
      const element = make("button", { type: "button", class: "tool", "aria-label": word(name), title: word(name), "data-testid": `${name}-${message.id}` }, icon(name));
      element.addEventListener("click", () => deed(message));
      return element;
    };
    tools.append(button("reply", this.deeds.reply));
    if (mine && message.text) tools.append(button("edit", this.deeds.edit));
    return tools;
  }

  keyboard(message) {
    const words = message.rows.flat().map(({ text }) => text).join(" ");
    const keyboard = make("div", { class: "inline", lang: languageOf(words, this.languageOf(message)) });
    message.rows.forEach((row, rowIndex) => {
      const line = make("div", { class: "inline-row" });
      row.forEach((button, column) => line.append(this.inlineButton(message, button, rowIndex, column)));
      keyboard.append(line);
    });
    return keyboard;
  }

  inlineButton(message, button, row, column) {
    const topic = button.url && this.deeds.open ? topicLink(button.url, this.groupId) : null;
    if (topic) return make("button", { type: "button", class: "key", onclick: () => this.deeds.open(topic) }, button.text);
    const bill = billAt(button.url);
    if (bill) {
      const pay = inPlace(() => this.deeds.pay(bill));
      return make("a", { class: "key", href: payPage(bill), target: "_blank", onclick: pay }, button.text, icon("link"));
    }
    if (button.url && deepLink(button.url, this.botUsername) === null) {
      return make("a", { class: "key", href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.text, icon("link"));
    }
    const element = make("button", { type: "button", class: "key" }, button.text);
    element.addEventListener("click", () => {
      if (button.url) return this.deeds.say(`/start ${deepLink(button.url, this.botUsername)}`.trim());
      this.awaitAnswer();
      this.bring(element);
      element.classList.add("waiting");
      setTimeout(() => element.classList.remove("waiting"), 4000);
      return this.deeds.press(message, row, column);
    });
    return element;
  }

  attachments(message) {
    const parts = [];
    if (message.photo) parts.push(photo(message.photo, () => this.toEnd()));
    if (message.document) parts.push(file(message.document));
    if (message.sticker) parts.push(make("div", { class: "sticker" }, message.sticker));
    if (message.contact) {
      const lines = make("div", {}, make("strong", {}, message.contact.name), make("div", {}, message.contact.phone));
      parts.push(make("div", { class: "card" }, avatar(message.contact.name, 1), lines));
    }
    if (message.other) parts.push(make("div", { class: "card" }, icon("file"), make("div", {}, word("kinds")[message.other])));
    return parts;
  }
}

function sameWriter(before, message) {
  return before && !before.service && before.from.id === message.from.id && message.date - before.date < 600;
}

function quote(reply) {
  return make("div", { class: "quote", lang: languageOf(reply.text) }, make("strong", {}, reply.name), make("div", {}, reply.text));
}

function photo(url, loaded) {
  const image = make("img", { class: "photo", src: url, alt: word("photo"), loading: "eager" });
  image.addEventListener("load", loaded, { once: true });
  image.addEventListener("error", () => image.replaceWith(make("div", { class: "photo missing" }, "🖼")), { once: true });
  return image;
}

function file(document) {
  const size = document.size < 1024 ? `${document.size} B` : `${Math.round(document.size / 1024)} KB`;
  const lines = make("div", {}, make("strong", {}, document.name), make("div", {}, size));
  return make("a", { class: "card", href: document.url, download: document.name }, icon("file"), lines);
}
