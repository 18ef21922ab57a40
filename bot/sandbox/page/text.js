// Shows a text with its entities. Offsets are UTF-16 units, which is how JavaScript counts too.

import { make } from "./dom.js";
import { word } from "./words.js";

const PLAIN_TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

// `act(kind, value)` is called for what can be clicked: a command, or a deep link to this bot.
export function formatted(text, entities, botUsername, act) {
  const spans = entities
    .map((entity) => ({ ...entity, start: entity.offset, end: entity.offset + entity.length }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const fragment = document.createDocumentFragment();
  fragment.append(...between(text, 0, text.length, spans, botUsername, act));
  return fragment;
}

function between(text, start, end, spans, botUsername, act) {
  const nodes = [];
  let at = start;
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index];
    if (span.start < at || span.start >= end) continue;
    if (span.start > at) nodes.push(document.createTextNode(text.slice(at, span.start)));
    const stop = Math.min(span.end, end);
    const inner = spans.slice(index + 1).filter((other) => other.start < stop);
    const element = elementFor(span, text.slice(span.start, stop), botUsername, act);
    element.append(...between(text, span.start, stop, inner, botUsername, act));
    nodes.push(element);
    at = stop;
  }
  if (at < end) nodes.push(document.createTextNode(text.slice(at, end)));
  return nodes;
}

function elementFor(entity, covered, botUsername, act) {
  const tag = PLAIN_TAGS[entity.type];
  if (tag) return make(tag);
  if (entity.type === "url" || entity.type === "text_link") return link(entity.url ?? covered, botUsername, act);
  if (entity.type === "bot_command") {
    return make("button", { type: "button", class: "textual", onclick: () => act("say", covered) });
  }
  if (entity.type === "spoiler") return spoiler();
  return make("span", { class: "mention" });
}

function link(url, botUsername, act) {
  const bill = billAt(url);
  if (bill) return make("a", { href: payPage(bill), target: "_blank", onclick: inPlace(() => act("pay", bill)) });
  const payload = deepLink(url, botUsername);
  if (payload !== null) {
    return make("button", { type: "button", class: "textual", onclick: () => act("say", `/start ${payload}`.trim()) });
  }
  if (!/^https?:\/\//i.test(url)) return make("span", { class: "mention" });
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" });
}

// The payload when the address opens this very bot, else null.
export function deepLink(url, botUsername) {
  const match = /^https?:\/\/(?:t|telegram)\.me\/([A-Za-z0-9_]+)\/?(?:\?start=([A-Za-z0-9_-]*))?$/.exec(url);
  return match && match[1].toLowerCase() === botUsername.toLowerCase() ? (match[2] ?? "") : null;
}

// The topic's number when the address opens one of this group's topics, else null.
export function topicLink(url, groupId) {
  const match = /^https?:\/\/t\.me\/c\/(\d+)\/(\d+)(?:\/\d+)?$/.exec(url);
  return match && Number(`-100${match[1]}`) === groupId ? Number(match[2]) : null;
}

// Links of the demo's wallet open here, under whatever name this page is reached.
let till = "";

export function setTill(address) {
  till = address ?? "";
}

// The bill that a link of the wallet's leads to, else null.
export function billAt(url) {
  return till && url?.startsWith(till) ? decodeURIComponent(url.slice(till.length)) : null;
}

export const payPage = (bill) => `/pay/${encodeURIComponent(bill)}`;

// Does it here, unless a new tab was asked for.
export const inPlace = (deed) => (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  deed();
};

function spoiler() {
  const button = make("button", { type: "button", class: "spoiler", "aria-pressed": "false", title: word("hiddenText") });
  button.addEventListener("click", () => button.setAttribute("aria-pressed", "true"));
  return button;
}
