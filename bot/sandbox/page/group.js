// A group with its topics: the list of topics, one of them open, and who of the members writes.

import { Composer } from "./composer.js";
import { avatar, icon, make } from "./dom.js";
import { languageOf } from "./lang.js";
import { MessageList } from "./messages.js";
import { payPage } from "./text.js";
import { fillWords, word } from "./words.js";

const GENERAL = "general";

export class GroupPane {
  constructor(group, bot, send, testid) {
    this.id = group.id;
    this.bot = bot;
    this.topic = GENERAL;
    this.read = new Map();
    this.me = group.members[0]?.id;
    this.send = (what, more = {}) => {
      this.list.awaitAnswer();
      return send({ what, person: this.me, group: this.id, topic: this.threadId(), ...more });
    };
    this.composer = new Composer({
      say: (text, replyTo) => this.send("say", { text, reply_to: replyTo }),
      edit: (message, text) => this.send("edit", { message, text }),
      upload: (file, caption) => send({ person: this.me, group: this.id, topic: this.threadId(), caption }, file),
    });
    this.list = new MessageList({
      name: group.title, zone: group.zone, botUsername: bot.username, named: true, language: "en", groupId: group.id,
      deeds: {
        press: (message, row, column) => this.send("press", { message: message.id, row, column }),
        say: (text) => this.send("say", { text }),
        edit: (message) => this.composer.about("edit", message),
        reply: (message) => this.composer.about("reply", message),
        pay: (bill) => window.open(payPage(bill), "_blank", "noopener"),
        open: (topic) => this.choose(topic),
      },
    });
    this.build(testid);
  }

  build(testid) {
    this.title = make("h2", { class: "owner" });
    this.author = make("select", { "data-testid": "group-author", "data-label": "writingAs" });
    this.author.addEventListener("change", () => { this.me = Number(this.author.value); this.refresh(); });
    const as = make("label", { class: "as" }, make("span", { "data-word": "writingAs" }), this.author);
    this.topics = make("nav", { class: "topics", "data-label": "topics" });
    this.name = make("strong");
    this.status = make("span", { class: "status" });
    const back = make("button", { type: "button", class: "round back", "data-label": "back", onclick: () => this.showTopics(true) }, icon("back"));
    const head = make("div", { class: "head" }, back, make("div", { class: "who" }, this.name, this.status));
    this.closedNote = make("p", { class: "closed-note", hidden: true, "data-word": "closedNote" });
    this.toast = make("div", { class: "toast", role: "status", "aria-live": "polite" });
    const open = make("div", { class: "open" }, head, this.list.root, this.toast, this.closedNote, this.composer.root);
    this.screen = make("div", { class: "screen split picking" }, this.topics, open);
    this.root = make("section", { class: "pane group", "data-testid": testid }, make("div", { class: "caption" }, this.title, as), this.screen);
    fillWords(this.root);
  }

  threadId() {
    return this.topic === GENERAL ? null : this.topic;
  }

  showTopics(picking) {
    this.screen.classList.toggle("picking", picking);
    this.refresh();
  }

  choose(topic) {
    this.topic = topic;
    this.list.forget();
    this.composer.done();
    this.showTopics(false);
    this.list.toEnd();
  }

  update(group, messages) {
    this.state = group;
    this.messages = messages;
    this.root.setAttribute("aria-label", group.title);
    this.title.textContent = group.title;
    if (!group.topics.some(({ id }) => id === this.topic)) this.topic = GENERAL;
    this.fillAuthors(group.members);
    this.refresh();
  }

  fillAuthors(members) {
    const stamp = JSON.stringify(members.map(({ id, name }) => [id, name]));
    if (stamp === this.authorsStamp) return;
    this.authorsStamp = stamp;
    this.author.replaceChildren(...members.map(({ id, name }) => make("option", { value: id }, name)));
    if (!members.some(({ id }) => id === this.me)) this.me = members[0]?.id;
    this.author.value = this.me;
  }

  refresh() {
    if (!this.state) return;
    const open = this.state.topics.find(({ id }) => id === this.topic);
    const inTopic = this.messages.filter((message) => (message.thread ?? GENERAL) === this.topic);
    if (this.isSeen()) this.read.set(this.topic, inTopic.at(-1)?.seq ?? 0);
    this.fillTopics();
    this.name.textContent = open ? open.name : this.state.forum ? word("general") : this.state.title;
    this.showTyping(this.state.typing);
    this.closedNote.hidden = !open?.closed;
    this.composer.root.hidden = Boolean(open?.closed);
    this.composer.setKeyboard(null);
    this.composer.setCommands(this.state.members.find(({ id }) => id === this.me)?.menu ?? []);
    this.list.me = this.me;
    this.list.show(inTopic, word("empty"));
  }

  // On a narrow screen the open topic is hidden while topics are picked.
  isSeen() {
    return this.list.root.offsetParent !== null;
  }

  showTyping(typing) {
    clearTimeout(this.typingEnds);
    const here = typing && (typing.thread ?? null) === this.threadId();
    this.status.textContent = here ? `${this.bot.name} ${word("typing")}` : word("members")(this.state.members.length);
    if (here) this.typingEnds = setTimeout(() => this.showTyping(null), typing.left_ms);
  }

  unread(topic) {
    const seen = this.read.get(topic) ?? 0;
    return this.messages.filter((m) => (m.thread ?? GENERAL) === topic && m.seq > seen && !m.service && m.from.id !== this.me).length;
  }

  unreadInAll() {
    if (!this.state) return 0;
    return [GENERAL, ...this.state.topics.map(({ id }) => id)].reduce((sum, topic) => sum + this.unread(topic), 0);
  }

  fillTopics() {
    this.topics.hidden = !this.state.forum;
    if (!this.state.forum) this.screen.classList.remove("picking");
    const latest = (topic) => this.messages.filter((m) => (m.thread ?? GENERAL) === topic).at(-1);
    const entries = [{ id: GENERAL, name: word("general"), color: null, closed: false }, ...this.state.topics]
      .map((topic) => ({ ...topic, last: latest(topic.id) }));
    entries.sort((a, b) => (a.id === GENERAL ? -1 : b.id === GENERAL ? 1 : (b.last?.id ?? b.id) - (a.last?.id ?? a.id)));
    const stamp = JSON.stringify(entries.map((e) => [e.id, e.name, e.closed, e.last?.seq, this.unread(e.id)])) + this.topic + word("general");
    if (stamp === this.topicsStamp) return;
    this.topicsStamp = stamp;
    const focused = document.activeElement?.dataset?.testid;
    this.topics.replaceChildren(...entries.map((entry) => this.topicButton(entry)));
    if (focused?.startsWith("topic-")) this.topics.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  topicButton(entry) {
    const unread = this.unread(entry.id);
    const sign = entry.id === GENERAL ? make("span", { class: "avatar sign" }, "#") : make("span", { class: "avatar sign" }, /\p{L}/u.exec(entry.name)?.[0] ?? [...entry.name][0]);
    if (entry.color) sign.style.setProperty("--sign", entry.color);
    const name = make("span", { class: "topic-name" }, entry.name);
    const last = this.preview(entry.last);
    const spoken = entry.closed || !last || entry.last?.service ? null : languageOf(last);
    const preview = make("span", { class: "preview", lang: spoken }, entry.closed ? word("closed") : last);
    const badge = unread ? make("span", { class: "badge", "aria-label": word("unread")(unread) }, String(unread)) : null;
    const lock = entry.closed ? icon("lock") : null;
    const button = make("button", {
      type: "button", class: `topic${entry.closed ? " shut" : ""}`, "data-testid": `topic-${entry.id}`,
      "aria-current": entry.id === this.topic ? "true" : "false",
    }, sign, make("span", { class: "topic-text" }, name, preview), lock, badge);
    button.addEventListener("click", () => this.choose(entry.id));
    return button;
  }

  preview(message) {
    if (!message) return "";
    if (message.service) return word("service")[message.service.kind](message.service.name);
    return `${message.from.name}: ${message.text || "📎"}`;
  }

  say(text) {
    clearTimeout(this.toastEnds);
    this.toast.textContent = text;
    this.toast.lang = languageOf(text);
    this.toast.classList.add("shown");
    this.toastEnds = setTimeout(() => this.toast.classList.remove("shown"), 3500);
  }
}
