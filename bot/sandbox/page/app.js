// Puts the page together: listens to the server, keeps the messages, and sends what people do.

import { make } from "./dom.js";
import { GroupPane } from "./group.js";
import { Guide } from "./guide.js";
import { languageOf } from "./lang.js";
import { Phone } from "./phone.js";
import { Pointer } from "./pointer.js";
import { setTill } from "./text.js";
import { ToldEvents } from "./told.js";
import { currentLanguage, fillWords, inLanguage, switchLanguage, word } from "./words.js";

const stage = document.getElementById("stage");
const tabs = document.getElementById("tabs");
const note = document.getElementById("note");
const panes = new Map();
const messages = new Map(); // chat id → (message id → message)
const answers = new Map();
let state = null;
let shownPane = null;

const pointer = new Pointer(panes, (key) => choose(key));
const guide = new Guide({
  move: (by) => post("/local/move", { by }),
  act: async (index) => {
    const done = await post("/local/action", { index });
    if (done?.said) tell(inLanguage(done.said));
  },
  restart: () => post("/local/restart", {}),
  go: (point) => pointer.go(point),
  look: () => show(),
});

const toldEvents = new ToldEvents();

async function post(path, body) {
  const isForm = body instanceof FormData;
  const request = { method: "POST", body: isForm ? body : JSON.stringify(body) };
  if (!isForm) request.headers = { "Content-Type": "application/json" };
  try {
    const response = await fetch(path, request);
    const answer = await response.json().catch(() => ({ why: response.statusText }));
    if (!response.ok) tell(answer.why);
    return response.ok ? answer : null;
  } catch {
    tell(word("offline"));
    return null;
  }
}

function send(asked, file) {
  if (!file) return post("/local/do", asked);
  const form = new FormData();
  for (const [key, value] of Object.entries(asked)) if (value !== null && value !== undefined) form.append(key, value);
  form.append("file", file);
  return post("/local/upload", form);
}

function tell(text) {
  note.textContent = text;
  note.classList.add("shown");
  clearTimeout(tell.ends);
  tell.ends = setTimeout(() => note.classList.remove("shown"), 5000);
}

function listen() {
  const source = new EventSource("/local/events");
  source.addEventListener("message", (event) => {
    note.classList.toggle("shown", note.classList.contains("shown") && note.textContent !== word("offline"));
    take(JSON.parse(event.data));
  });
  source.addEventListener("error", () => { if (state?.demo?.busy !== "restart") tell(word("offline")); });
}

function take(news) {
  if (state && news.boot !== state.boot) {
    if (news.demo || !state.demo) location.reload(); // else the demo is about to be ready
    return;
  }
  if (news.since === 0) messages.clear();
  for (const message of news.messages) {
    const chat = messages.get(message.chat) ?? new Map();
    messages.set(message.chat, chat);
    if (message.gone) chat.delete(message.id);
    else chat.set(message.id, message);
  }
  state = news;
  show();
  for (const [id, answer] of Object.entries(news.answers)) showAnswer(Number(id), answer);
}

function show() {
  document.getElementById("console").hidden = !state.demo?.console;
  document.getElementById("title").textContent = `${state.bot.name} · Local Telegram`;
  document.title = `${state.bot.name} · Local Telegram`;
  setTill(state.demo?.till);
  guide.update(state);
  toldEvents.update(state);
  for (const phone of state.phones) pane(`phone-${phone.id}`, () => new Phone(phone, state.bot, send, point)).update(phone, inChat(phone.id));
  state.groups.forEach((group, index) => {
    const testid = index === 0 ? "group" : `group-${group.id}`;
    pane(`group-${group.id}`, () => new GroupPane(group, state.bot, send, testid)).update(group, inChat(group.id));
  });
  showTabs();
  point();
}

function point() {
  pointer.update(guide.point, guide.step);
}

function inChat(id) {
  return [...(messages.get(id)?.values() ?? [])].sort((a, b) => a.id - b.id);
}

function pane(key, build) {
  if (!panes.has(key)) {
    panes.set(key, build());
    stage.append(panes.get(key).root);
    shownPane ??= key;
    panes.get(key).root.classList.toggle("chosen", key === shownPane);
    panes.get(key).root.classList.toggle("picked", key === shownPane);
  }
  return panes.get(key);
}

function showAnswer(id, answer) {
  const before = answers.get(id);
  answers.set(id, answer.count);
  if (before === undefined || before === answer.count) return;
  for (const key of document.querySelectorAll(".key.waiting")) key.classList.remove("waiting");
  if (!answer.text) return;
  if (answer.alert) {
    const said = document.getElementById("alert-text");
    said.textContent = answer.text;
    said.lang = languageOf(answer.text);
    document.getElementById("alert").showModal();
    return;
  }
  const group = [...panes.values()].find((one) => one instanceof GroupPane && one.me === id);
  (panes.get(`phone-${id}`) ?? group)?.say(answer.text);
}

// On a narrow screen one chat shows at a time, picked by a tab; on a wider one a phone and the group.
function showTabs() {
  const entries = [
    ...state.phones.map((phone) => [`phone-${phone.id}`, phone.name]),
    ...state.groups.map((group) => [`group-${group.id}`, group.title]),
  ];
  const unread = (key) => (panes.get(key) instanceof GroupPane ? panes.get(key).unreadInAll() : unreadOnPhone(key));
  const stamp = JSON.stringify([entries, shownPane, entries.map(([key]) => unread(key))]);
  if (stamp === showTabs.stamp) return;
  showTabs.stamp = stamp;
  tabs.replaceChildren(...entries.map(([key, name]) => {
    const count = key === shownPane ? 0 : unread(key);
    const badge = count ? make("span", { class: "badge", "aria-label": word("unread")(count) }, String(count)) : null;
    const tab = make("button", {
      type: "button", role: "tab", class: "tab", "aria-selected": String(key === shownPane), "data-testid": `tab-${key}`,
    }, name, badge);
    tab.addEventListener("click", () => choose(key));
    return tab;
  }));
}

const readOnPhone = new Map();

function unreadOnPhone(key) {
  const id = Number(key.slice("phone-".length));
  const all = inChat(id);
  if (panes.get(key).root.offsetParent !== null) readOnPhone.set(id, state.seq);
  return all.filter((message) => message.from.bot && message.seq > (readOnPhone.get(id) ?? 0)).length;
}

function choose(key) {
  shownPane = key;
  const isPhone = key.startsWith("phone-");
  for (const [name, one] of panes) {
    one.root.classList.toggle("chosen", name === key);
    if (isPhone) one.root.classList.toggle("picked", name === key); // the phone beside the group, where there is room for both
  }
  guide.showClockOf(key);
  panes.get(key).list.toEnd();
  show();
}

function showLanguage() {
  document.documentElement.lang = currentLanguage();
  const button = document.getElementById("language");
  button.textContent = word("other");
  fillWords(document);
}

// What somebody types, opens or picks may be what the guide waits for; none of it is the server's business.
for (const kind of ["input", "click", "change"]) stage.addEventListener(kind, () => requestAnimationFrame(point));

document.getElementById("language").addEventListener("click", () => {
  switchLanguage();
  showLanguage();
  pointer.step = null; // all messages are shown again, and so is what to press
  if (state) show();
});

showLanguage();
listen();
