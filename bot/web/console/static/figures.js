// The table behind a chart is fetched as somebody opens it, if it is too long to be there at once.

document.addEventListener(
  "toggle",
  async (event) => {
    const details = event.target;
    if (!details.open || !details.dataset.from) return;
    const from = details.dataset.from;
    delete details.dataset.from;
    const answer = await fetch(from, { headers: { Accept: "text/html" } }).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const table = page && page.querySelector(".panel .wide");
    if (table) details.querySelector("p").replaceWith(table);
    else details.dataset.from = from;
  },
  true, // it does not bubble
);
