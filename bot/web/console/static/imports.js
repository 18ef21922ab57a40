// Sends a chosen file as it is. What was pasted goes as a form, without this file, too.

document.querySelector("[data-upload]")?.addEventListener("submit", async (event) => {
  const form = event.target;
  const file = form.querySelector("[data-file]").files[0];
  if (!file) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const headers = {
      "Content-Type": "text/csv",
      "X-Form-Token": form.elements.token.value,
      "X-File-Name": encodeURIComponent(file.name),
    };
    const answer = await fetch(form.action, { method: "POST", body: file, headers });
    if (answer.status === 401) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.getElementById("main");
    if (!main) return location.reload();
    form.reset();
    const told = main.querySelector("#told-box");
    document.getElementById("told-box").replaceWith(told);
    document.getElementById("files").closest("section").replaceWith(main.querySelector("#files").closest("section"));
    document.getElementById("told")?.focus();
  } finally {
    button.disabled = false;
  }
});
