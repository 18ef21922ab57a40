// Faults and holes of a draft as one types: it is checked a moment after the last key. A fault leads to its line.

const draft = document.getElementById("draft");
const WAIT_MS = 500;
let timer = 0;
let asking = null;

async function check() {
  asking?.abort();
  asking = new AbortController();
  const fields = new URLSearchParams(new FormData(draft.form));
  try {
    const answer = await fetch(draft.dataset.check, { method: "POST", body: fields, signal: asking.signal });
    if (!answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("verdict");
    const shown = document.getElementById("verdict");
    if (now && !shown.isEqualNode(now)) shown.replaceChildren(...now.childNodes);
  } catch {
    // the next key asks again
  }
}

draft?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
});

document.addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  if (!line || !draft) return;
  const lines = draft.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  draft.focus();
  draft.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  draft.scrollTop = (draft.scrollHeight / lines.length) * Math.max(0, line - 4);
});
