// Where a person types: text, menu of commands, attachments, reply keyboard, and what is being edited or answered.

import { icon, make } from "./dom.js";
import { languageOf } from "./lang.js";
import { word } from "./words.js";

export class Composer {
  // `deeds`: say(text, replyTo), edit(messageId, text), upload(file, caption), key(text), contact()
  constructor(deeds) {
    this.deeds = deeds;
    this.commands = [];
    this.context = null;
    this.build();
  }

  build() {
    this.banner = make("div", { class: "banner", hidden: true });
    this.palette = make("div", { class: "palette", role: "listbox", hidden: true, "data-label": "menu" });
    this.menuButton = make("button", {
      type: "button", class: "menu", "data-label": "menu", "aria-expanded": "false", "data-testid": "menu", onclick: () => this.togglePalette(),
    }, icon("list"), make("span", { "data-word": "menu" }));
    this.file = make("input", { type: "file", class: "hidden", tabindex: "-1", "aria-hidden": "true", "data-testid": "file" });
    this.file.addEventListener("change", () => this.attach());
    const clip = make("button", { type: "button", class: "round", "data-label": "attach", "data-testid": "attach", onclick: () => this.file.click() }, icon("clip"));
    this.input = make("textarea", { rows: "1", "data-testid": "composer", "data-label": "write", maxlength: "4096", enterkeyhint: "send" });
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    const send = make("button", { type: "submit", class: "round send", "data-label": "send", "data-testid": "send" }, icon("send"));
    this.form = make("form", { class: "composer" }, this.menuButton, clip, this.input, send, this.file);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.keys = make("div", { class: "keys", hidden: true, "data-testid": "keyboard" });
    this.root = make("div", { class: "bottom" }, this.palette, this.banner, this.form, this.keys);
  }

  setCommands(commands) {
    this.commands = commands;
    this.menuButton.hidden = commands.length === 0;
  }

  // The reply keyboard: rows of keys, or null.
  setKeyboard(keyboard) {
    const stamp = JSON.stringify([keyboard, word("write")]);
    if (stamp === this.keysStamp) return;
    this.keysStamp = stamp;
    const rows = keyboard?.keyboard ?? [];
    this.keys.hidden = rows.length === 0;
    this.keys.lang = languageOf(rows.flat().map((key) => key.text ?? key).join(" "));
    this.keys.replaceChildren(...rows.map((row) => make("div", { class: "keys-row" }, ...row.map((key) => this.keyButton(key)))));
    this.input.placeholder = keyboard?.input_field_placeholder ?? word("write");
    if (keyboard?.force_reply) this.input.focus();
  }

  keyButton(key) {
    const text = typeof key === "string" ? key : key.text;
    return make("button", { type: "button", class: "reply-key", onclick: () => this.deeds.key(text) }, text);
  }

  about(kind, message) {
    this.context = { kind, id: message.id };
    const line = make("span", {}, `${word(kind === "edit" ? "editing" : "replying")}: ${message.text.slice(0, 60)}`);
    const cancel = make("button", { type: "button", class: "quiet", onclick: () => this.done() }, word("cancel"));
    this.banner.replaceChildren(line, cancel);
    this.banner.hidden = false;
    if (kind === "edit") this.input.value = message.text;
    this.input.focus();
    this.grow();
  }

  // Puts words there for somebody to send.
  suggest(text) {
    this.input.value = text;
    this.input.focus();
    this.grow();
  }

  done() {
    if (this.context?.kind === "edit") this.input.value = "";
    this.context = null;
    this.banner.hidden = true;
    this.grow();
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const context = this.context;
    this.input.value = "";
    this.closePalette();
    this.done();
    const went = context?.kind === "edit"
      ? await this.deeds.edit(context.id, text)
      : await this.deeds.say(text, context?.kind === "reply" ? context.id : undefined);
    if (!went && !this.input.value) this.input.value = text;
    this.grow();
  }

  async attach() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    const caption = this.input.value.trim();
    if (await this.deeds.upload(file, caption)) this.input.value = "";
  }

  pressed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      this.closePalette();
      this.done();
    } else if (event.key === "ArrowDown" && !this.palette.hidden) {
      event.preventDefault();
      this.palette.querySelector("button")?.focus();
    }
  }

  typed() {
    this.grow();
    const begun = /^\/(\w*)$/.exec(this.input.value);
    if (begun && this.commands.length) this.openPalette(begun[1].toLowerCase());
    else this.closePalette();
  }

  grow() {
    this.input.style.height = "auto";
    const needed = this.input.scrollHeight; // nothing while it is hidden
    if (needed) this.input.style.height = `${Math.min(needed, 120)}px`;
  }

  togglePalette() {
    if (this.palette.hidden) this.openPalette("");
    else this.closePalette();
  }

  openPalette(begun) {
    const fitting = this.commands.filter(({ command }) => command.startsWith(begun));
    this.palette.replaceChildren(...fitting.map((entry) => this.paletteEntry(entry)));
    this.palette.hidden = fitting.length === 0;
    this.menuButton.setAttribute("aria-expanded", String(!this.palette.hidden));
  }

  paletteEntry({ command, description }) {
    const entry = make("button", { type: "button", role: "option", class: "command" },
      make("strong", {}, `/${command}`), make("span", { lang: languageOf(description) }, description));
    entry.addEventListener("click", () => {
      this.closePalette();
      this.input.value = "";
      this.deeds.say(`/${command}`);
    });
    entry.addEventListener("keydown", (event) => {
      const step = { ArrowDown: "nextSibling", ArrowUp: "previousSibling" }[event.key];
      if (step) { event.preventDefault(); (entry[step] ?? this.input).focus(); }
      if (event.key === "Escape") { this.closePalette(); this.input.focus(); }
    });
    return entry;
  }

  closePalette() {
    this.palette.hidden = true;
    this.menuButton.setAttribute("aria-expanded", "false");
  }
}
