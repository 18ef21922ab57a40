// The console in a browser: what has changed is shown without reloading, forms are sent without leaving the page, and
// the keyboard. Every page works without this file, too: links are links and forms are forms.

const body = document.body;
const parser = new DOMParser();
const GATHER_MS = 400; // changes that come close together are shown together
const AT_LEAST_EVERY_MS = 60000; // also what no stream told of is seen

// -- parts of a page that are kept up to date --------------------------------------------------------------------------

// Puts the parts of a page as it is now in place of those shown; one in which somebody is writing stays as it is.
function show(page, options) {
  keepPlace(() => renew(page, options));
}

// The talk stays at its end, or where somebody reads: also if it was renewed, or what is around it takes more room.
function keepPlace(change) {
  const before = document.querySelector("[data-log]");
  const top = before?.scrollTop;
  const atEnd = before && before.scrollHeight - top - before.clientHeight < 40;
  change();
  const after = document.querySelector("[data-log]");
  if (before && after) after.scrollTop = atEnd ? after.scrollHeight : top;
}

function renew(page, { all = false } = {}) {
  for (const now of page.querySelectorAll("[data-part]")) {
    const shown = document.getElementById(now.id);
    if (!shown || (!all && now.id === "told-box")) continue; // what was just said stays to be read
    if (!all) keepForms(shown, now);
    if (shown.isEqualNode(now)) continue;
    const here = document.activeElement;
    if (!all && shown.contains(here) && here.matches("input, textarea, select")) continue;
    const focused = shown.contains(here) ? here.getAttribute("href") || here.id : "";
    const left = shown.scrollLeft;
    const opened = [...shown.querySelectorAll("details[open][id]")].map((one) => one.id);
    if (!all) keepWords(shown, now);
    shown.replaceWith(now);
    now.scrollLeft = left;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) {
      const again = [...now.querySelectorAll("a, button, summary")].find(
        (one) => one.getAttribute("href") === focused || one.id === focused,
      );
      again?.focus({ preventScroll: true });
    }
  }
  document.title = page.title || document.title;
}

// Forms that are the same but for the mark by which each is taken once are the same.
function keepForms(shown, now) {
  for (const field of now.querySelectorAll("[name=once]")) {
    const same = shown.querySelector(`form[action="${field.form?.getAttribute("action")}"] [name=once]`);
    if (same) field.setAttribute("value", same.getAttribute("value"));
  }
}

// What somebody has begun to write or to choose is not lost.
function keepWords(shown, now) {
  for (const field of shown.querySelectorAll("textarea[id], input[id], select[id]")) {
    const again = now.querySelector(`[id="${field.id}"]`);
    const first = field.tagName === "SELECT" ? [...field.options].find((one) => one.defaultSelected)?.value ?? field.options[0]?.value : field.defaultValue;
    if (again && field.value !== first) again.value = field.value;
    if (again && field.type === "checkbox") again.checked = field.checked;
  }
}

let asking = false;
let askAgain = false;

async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.status === 401) return location.reload();
    if (answer.ok) show(parser.parseFromString(await answer.text(), "text/html"));
  } catch {
    // the stream says that the connection is lost
  } finally {
    asking = false;
    if (askAgain) {
      askAgain = false;
      soon();
    }
  }
}

let timer = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, GATHER_MS);
}

// -- the stream: one for each page, and only while it is looked at -----------------------------------------------------

let stream = null;
const theCase = Number(body.dataset.case || 0);
const lost = document.getElementById("link-lost");

function listen() {
  if (!body.dataset.live || stream) return;
  stream = new EventSource(body.dataset.live);
  let failures = 0;
  stream.addEventListener("open", () => {
    failures = 0;
    lost.hidden = true;
  });
  stream.addEventListener("changed", (event) => {
    const { cases } = JSON.parse(event.data);
    if (!theCase || cases.includes(theCase)) soon();
  });
  stream.addEventListener("out", () => location.reload());
  stream.addEventListener("error", () => {
    failures += 1;
    lost.hidden = failures < 2;
    if (stream.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(() => document.visibilityState === "visible" && (listen(), soon()), 3000);
    }
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    listen();
    soon();
  } else if (stream) {
    stream.close();
    stream = null;
  }
});
if (document.visibilityState === "visible") listen();
if (body.dataset.live) setInterval(() => document.visibilityState === "visible" && soon(), AT_LEAST_EVERY_MS);
addEventListener("pagehide", () => stream?.close());

// -- forms -------------------------------------------------------------------------------------------------------------

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// Sends something, and shows the page that comes back in place. Words that were refused stay where they are. Gives
// whether it was done; null if another page is shown instead.
async function post(address, options, whenDone = () => {}) {
  const answer = await fetch(address, { method: "POST", ...options });
  if (answer.status === 401) return location.reload(), null;
  const page = parser.parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("[data-part]")) return document.documentElement.replaceWith(page.documentElement), null;
  if (answer.redirected) whenDone();
  for (const part of page.querySelectorAll("[data-part]")) {
    const shown = document.getElementById(part.id);
    if (shown) keepWords(shown, part);
  }
  show(page, { all: true });
  return answer.redirected;
}

async function send(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  form.setAttribute("aria-busy", "true");
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  try {
    const isDone = await post(form.action, { body: fields, headers: { Accept: "text/html" } }, () => {
      form.reset();
      form.closest("details")?.removeAttribute("open");
    });
    if (isDone === null) return;
    if (!isDone || form.id !== "say-form") document.getElementById("told")?.focus();
    else document.getElementById("reply")?.focus();
  } catch {
    lost.hidden = false;
  } finally {
    form.removeAttribute("aria-busy");
    for (const one of form.querySelectorAll("button")) one.disabled = false;
    for (const area of document.querySelectorAll("textarea")) grow(area);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-whole") || !body.dataset.live) return;
  event.preventDefault();
  send(form, event.submitter);
});

function grow(area) {
  keepPlace(() => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 320)}px`;
  });
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea")) grow(event.target);
});

// A file goes as soon as it is chosen; it leaves for the customer with the words.
document.addEventListener("change", async (event) => {
  const field = event.target;
  const file = field.matches("[data-attach]") && field.files[0];
  if (!file) return;
  const large = document.getElementById("attach-large");
  large.hidden = file.size <= Number(field.dataset.most);
  const address = field.dataset.attach;
  field.value = "";
  if (!large.hidden) return;
  document.getElementById("attach-busy").hidden = false;
  field.disabled = true;
  try {
    const token = document.querySelector("#say-form [name=token]").value;
    const headers = { "X-Form-Token": token, "X-File-Name": encodeURIComponent([...file.name].slice(-100).join("")) };
    const isDone = await post(address, { body: file, headers: { ...headers, "Content-Type": "application/octet-stream" } });
    document.getElementById(isDone ? "reply" : "told")?.focus();
  } catch {
    lost.hidden = false;
  } finally {
    document.getElementById("attach-busy")?.setAttribute("hidden", "");
    document.getElementById("attach")?.removeAttribute("disabled");
  }
});

// A picture or a sound that does not come can be asked for once more.
document.addEventListener(
  "error",
  (event) => {
    const away = event.target instanceof Element && event.target.closest("details.file")?.querySelector(".away");
    if (away) away.hidden = false;
  },
  true,
);
document.addEventListener("click", (event) => {
  const again = event.target.closest("[data-again]");
  if (!again) return;
  const media = again.closest("details.file").querySelector("img, audio, video");
  again.closest(".away").hidden = true;
  media.src = media.getAttribute("src");
  if (media.tagName !== "IMG") media.load();
});

// A ready reply is put into the box, to be read and changed before it is sent.
document.addEventListener("change", async (event) => {
  const choice = event.target;
  if (!choice.matches("[data-replies]") || !choice.value) return;
  const area = document.getElementById(choice.dataset.replies);
  const answer = await fetch(choice.dataset.from + encodeURIComponent(choice.value));
  const text = await answer.text();
  choice.value = "";
  if (answer.ok) area.value = area.value.trim() ? `${area.value.trim()}\n${text}` : text;
  else if (answer.status === 409) area.setAttribute("placeholder", text);
  grow(area);
  area.focus();
});

// -- the keyboard ------------------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("[data-row]")];
const keys = document.getElementById("keys");

// From a case one comes back to the list in which it was found, at its place, and on to its neighbours.
const LIST = "list";
const list = () => JSON.parse(sessionStorage.getItem(LIST) ?? "null");
const keepList = (about) => sessionStorage.setItem(LIST, JSON.stringify(about));

function toNeighbour(by) {
  const begun = [...document.querySelectorAll("textarea")].find((one) => one.value.trim() && one.value !== one.defaultValue);
  if (begun) return begun.focus(); // what was begun is not lost
  const found = list();
  const at = found?.rows.indexOf(location.pathname) ?? -1;
  if (at >= 0 && found.rows[at + by]) location.assign(found.rows[at + by]);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-row]")) {
    keepList({ url: location.pathname + location.search, rows: rows().map((one) => one.getAttribute("href")) });
  }
  const found = event.target.closest("a.up") && !event.ctrlKey && !event.metaKey && !event.shiftKey && list();
  if (!found) return;
  event.preventDefault();
  keepList({ ...found, from: location.pathname });
  location.assign(found.url);
});

function comeBack() {
  const found = list();
  if (!found?.from || found.url !== location.pathname + location.search) return;
  const all = rows();
  const at = Math.min(found.rows.indexOf(found.from), all.length - 1);
  (all.find((one) => one.getAttribute("href") === found.from) ?? all[at])?.focus();
  keepList({ ...found, from: undefined });
}
comeBack();
// On a phone the tab that is shown may be beyond the edge.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

function move(by) {
  if (theCase) return toNeighbour(by);
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function goTo(id) {
  const there = document.getElementById(id);
  if (!there) return;
  there.closest("details")?.setAttribute("open", "");
  there.focus();
  there.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => goTo("search"),
  "?": () => keys.showModal(),
  u: () => document.querySelector("[data-up]")?.click(),
  r: () => goTo("reply"),
  n: () => goTo("note"),
  p: () => goTo("promise-amount"),
  d: () => goTo("done-outcome"),
};

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input, textarea, select");
  if (writing && event.key === "Escape") return event.target.blur();
  if (writing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return event.target.form?.requestSubmit();
  }
  if (writing || event.ctrlKey || event.metaKey || event.altKey || keys?.open) return;
  const press = KEYS[event.key];
  if (!press) return;
  event.preventDefault();
  press();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) {
    event.target.closest("details").removeAttribute("open");
    keys.showModal();
  }
  const menu = document.querySelector("details.me[open]");
  if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
});

const log = document.querySelector("[data-log]");
if (log) log.scrollTop = log.scrollHeight;
