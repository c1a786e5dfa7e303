// Passkeys: asks the browser for one and puts its answer into the form, which is then sent like any other.
// No markup is made from text here, and nothing is kept in the browser.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function options(box) {
    const answer = await fetch(box.dataset.options, {
      method: "POST",
      headers: { "X-CSRFToken": box.dataset.token, Accept: "application/json" },
      credentials: "same-origin",
    });
    if (!answer.ok) throw new Error("options");
    return answer.json();
  }

  async function create(box) {
    const wanted = await options(box);
    wanted.challenge = bytes(wanted.challenge);
    wanted.user = { ...wanted.user, id: bytes(wanted.user.id) };
    wanted.excludeCredentials = described(wanted.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: wanted });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  }

  async function get(box) {
    const wanted = await options(box);
    wanted.challenge = bytes(wanted.challenge);
    wanted.allowCredentials = described(wanted.allowCredentials);
    const made = await navigator.credentials.get({ publicKey: wanted });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        authenticatorData: text(made.response.authenticatorData),
        signature: text(made.response.signature),
        userHandle: made.response.userHandle ? text(made.response.userHandle) : null,
      },
    };
  }

  function setUp(box) {
    const button = box.querySelector("[data-passkey-start]");
    const problem = box.querySelector("[data-passkey-problem]");
    const form = box.closest("form") || box.querySelector("form");
    const run = async () => {
      problem.hidden = true;
      button.disabled = true;
      try {
        const made = await (box.dataset.passkey === "create" ? create : get)(box);
        form.elements.credential.value = JSON.stringify(made);
        if (box.dataset.action) form.action = box.dataset.action;
        form.submit();
      } catch {
        problem.textContent = box.dataset.failed;
        problem.hidden = false;
        button.disabled = false;
      }
    };
    button.addEventListener("click", run);
    // Where the passkey is all the form is for, Enter does what the button does.
    if (box.dataset.passkey === "create") {
      form.addEventListener("submit", (event) => {
        if (form.elements.credential.value) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        run();
      }, true);
    }
    box.hidden = false;
  }

  document.querySelectorAll("[data-passkey]").forEach(setUp);
  document.querySelectorAll("[data-passkey-none]").forEach((line) => { line.hidden = true; });
})();
