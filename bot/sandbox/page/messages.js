// A list of messages: makes what is new, replaces what changed, leaves the rest alone, and stays at the end.

import { avatar, icon, make } from "./dom.js";
import { deepLink, formatted, topicLink } from "./text.js";
import { currentLanguage, word } from "./words.js";

export class MessageList {
  // `deeds`: press(message, row, column), say(text), edit(message), reply(message); in a group also open(topic)
  constructor({ name, zone, botUsername, deeds, named, groupId = null }) {
    this.zone = zone;
    this.botUsername = botUsername;
    this.deeds = deeds;
    this.groupId = groupId;
    this.named = named; // shows who wrote, as in groups
    this.me = null;
    this.shown = new Map();
    this.inner = make("div", { class: "thread" });
    this.root = make("div", {
      class: "messages", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": word("messagesOf")(name),
    }, this.inner);
    // Where the screen shrinks or grows around it, the newest message stays in sight.
    this.atEnd = true;
    this.root.addEventListener("scroll", () => { this.atEnd = this.isAtEnd(); });
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.root);
  }

  isAtEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 80;
  }

  // Shows exactly these messages, oldest first.
  show(messages, emptyText) {
    const atEnd = this.atEnd || this.isAtEnd();
    const wanted = this.withDays(messages);
    const grown = wanted.length > this.shown.size;
    const kept = new Map();
    let before = null;
    for (const { key, stamp, build } of wanted) {
      const old = this.shown.get(key);
      const element = old && old.stamp === stamp ? old.element : build();
      if (old && old.element !== element) old.element.replaceWith(element);
      const next = before ? before.nextSibling : this.inner.firstChild;
      if (next !== element) this.inner.insertBefore(element, next);
      kept.set(key, { stamp, element });
      before = element;
    }
    for (const [key, { element }] of this.shown) if (!kept.has(key)) element.remove();
    this.shown = kept;
    this.showEmpty(messages.length ? null : emptyText);
    if (atEnd || (grown && messages.at(-1)?.from.id === this.me)) this.toEnd();
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
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
    const format = new Intl.DateTimeFormat(currentLanguage(), {
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
      rows.push({ key: `message ${message.id}`, stamp, build: () => this.build(message, follows) });
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
      const said = make("div", { class: "text", dir: "auto" });
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

  foot(message) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, hour: "2-digit", minute: "2-digit" });
    const foot = make("div", { class: "foot" });
    if (message.reaction) foot.append(make("span", { class: "reaction" }, message.reaction));
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
    const keyboard = make("div", { class: "inline" });
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
    if (button.url && deepLink(button.url, this.botUsername) === null) {
      return make("a", { class: "key", href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.text, icon("link"));
    }
    const element = make("button", { type: "button", class: "key" }, button.text);
    element.addEventListener("click", () => {
      if (button.url) return this.deeds.say(`/start ${deepLink(button.url, this.botUsername)}`.trim());
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
  return make("div", { class: "quote" }, make("strong", {}, reply.name), make("div", {}, reply.text));
}

function photo(url, loaded) {
  const image = make("img", { class: "photo", src: url, alt: "", loading: "eager" });
  image.addEventListener("load", loaded, { once: true });
  image.addEventListener("error", () => image.replaceWith(make("div", { class: "photo missing" }, "🖼")), { once: true });
  return image;
}

function file(document) {
  const size = document.size < 1024 ? `${document.size} B` : `${Math.round(document.size / 1024)} KB`;
  const lines = make("div", {}, make("strong", {}, document.name), make("div", {}, size));
  return make("a", { class: "card", href: document.url, download: document.name }, icon("file"), lines);
}
