// A form that carries a passkey: asks the server what to ask of the device, asks the
// device, and sends its answer along with the form.

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

function encode(buffer) {
  const text = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const ids = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));

async function options(form) {
  const response = await fetch(form.dataset.passkey, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  const url = response.headers.get("X-Sign-In");
  if (url) document.dispatchEvent(new CustomEvent("sign-in", { detail: { url } }));
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).publicKey;
}

async function ask(form) {
  const asked = await options(form);
  asked.challenge = decode(asked.challenge);
  if (form.dataset.ceremony === "create") {
    asked.user.id = decode(asked.user.id);
    asked.excludeCredentials = ids(asked.excludeCredentials);
    return navigator.credentials.create({ publicKey: asked });
  }
  asked.allowCredentials = ids(asked.allowCredentials);
  return navigator.credentials.get({ publicKey: asked });
}

function plain(key) {
  const response = { clientDataJSON: encode(key.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[name]) response[name] = encode(key.response[name]);
  }
  return {
    id: key.id,
    rawId: encode(key.rawId),
    type: key.type,
    response,
    clientExtensionResults: key.getClientExtensionResults(),
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const problem = form.querySelector("[data-passkey-problem]");
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(plain(await ask(form)));
    } catch {
      problem.hidden = false;
      return;
    }
    form.submit();
  });
}
