// Passkeys: adding one, and signing in with one. Without this file the forms stay hidden, and the bot's link lets in.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// What the server asks for, as the browser takes it.
function asked({ publicKey }) {
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  for (const one of publicKey.excludeCredentials ?? []) one.id = bytes(one.id);
  return { publicKey };
}

// What the authenticator says, as the server takes it.
function answered({ id, rawId, type, response }) {
  const said = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) said[part] = written(response[part]);
  }
  return JSON.stringify({ id, rawId: written(rawId), type, response: said });
}

async function run(form) {
  const isNew = form.dataset.passkey === "make";
  const headers = isNew ? { "X-Form-Token": form.elements.token.value } : {};
  const answer = await fetch(form.dataset.begin, { method: "POST", headers });
  if (answer.status === 401) return location.reload();
  if (!answer.headers.get("content-type").startsWith("application/json")) {
    return answer.headers.get("content-type").startsWith("text/plain") ? answer.text() : form.dataset.not;
  }
  const options = asked(await answer.json());
  const credential = await (isNew ? navigator.credentials.create(options) : navigator.credentials.get(options));
  form.elements.credential.value = answered(credential);
  form.submit(); // this asks no listener
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential || location.origin !== form.dataset.origin) continue;
  form.hidden = false;
  document.querySelector("[data-no-passkeys]")?.remove();
  const button = form.querySelector("button");
  const said = form.querySelector(".said");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      said.textContent = (await run(form)) ?? "";
    } catch (error) {
      said.textContent = (error.name === "InvalidStateError" && form.dataset.there) || form.dataset.not;
    } finally {
      button.disabled = false;
    }
  });
}
