// Opens a SMART Health Link in this browser. The key stays in the part of the address that no server is sent; what
// comes back is decrypted here and put on the page as text, never as markup. Nothing is kept.
(() => {
  "use strict";
  const box = document.getElementById("shl");
  if (!box || !window.crypto || !crypto.subtle) return;
  const ask = document.getElementById("shl-ask");
  const problem = document.getElementById("shl-problem");
  const record = document.getElementById("shl-record");

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const words = (buffer) => new TextDecoder().decode(buffer);

  function say(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }

  function linkIn(hash) {
    const at = hash.indexOf("shlink:/");
    if (at < 0) return null;
    try {
      const found = JSON.parse(words(bytes(hash.slice(at + 8))));
      return new URL(found.url).origin === location.origin && found.key ? found : null;
    } catch {
      return null;
    }
  }

  async function open(jwe, key) {
    const [header, , vector, sealed, mark] = jwe.trim().split(".");
    const secret = await crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"]);
    const whole = new Uint8Array([...bytes(sealed), ...bytes(mark)]);
    const given = { name: "AES-GCM", iv: bytes(vector), additionalData: new TextEncoder().encode(header) };
    const plain = await crypto.subtle.decrypt(given, secret, whole);
    if (JSON.parse(words(bytes(header))).zip !== "DEF") return JSON.parse(words(plain));
    const stream = new Blob([plain]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }

  // The words of a section for people: a list in XHTML that was made from text. Tags are taken off, entities read.
  function lines(div) {
    const read = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };
    return div
      .split(/<li[^>]*>|<br\s*\/?>|<\/p>|<\/tr>/)
      .map((piece) => piece.replace(/<[^>]*>/g, " ").replace(/&(#?\w+);/g, (all, name) => read[name] ?? all).trim())
      .filter(Boolean);
  }

  function element(name, text, cls) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (cls) made.className = cls;
    return made;
  }

  function show(bundle) {
    const all = (bundle.entry || []).map((one) => one.resource);
    const composition = all.find((one) => one.resourceType === "Composition");
    const patient = all.find((one) => one.resourceType === "Patient") || {};
    const head = element("section", "", "card");
    const name = (patient.name || [{}])[0];
    head.append(element("h2", name.text || [...(name.given || []), name.family].join(" ")));
    head.append(element("p", [patient.birthDate, composition.title, composition.date].filter(Boolean).join(" · "), "muted"));
    head.tabIndex = -1;
    record.replaceChildren(head);
    for (const part of composition.section || []) {
      const card = element("section", "", "card");
      card.append(element("h2", part.title));
      const list = element("ul", "", "lines");
      for (const line of lines((part.text || {}).div || "")) list.append(element("li", line));
      card.append(list);
      record.append(card);
    }
    head.focus();
  }

  const link = linkIn(decodeURIComponent(location.hash));
  if (!link) {
    say(box.dataset.none);
    return;
  }
  const flag = link.flag || "";
  document.getElementById("shl-passcode-group").hidden = !flag.includes("P");
  ask.hidden = false;

  ask.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    const who = document.getElementById("shl-who").value.trim() || "-";
    const passcode = document.getElementById("shl-passcode").value;
    try {
      const answer = flag.includes("U")
        ? await fetch(`${link.url}?recipient=${encodeURIComponent(who)}`)
        : await fetch(link.url, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ recipient: who, ...(passcode ? { passcode } : {}) }),
          });
      if (answer.status === 401) return say(`${box.dataset.wrong} ${(await answer.json()).remainingAttempts}`);
      if (answer.status === 429) return say(box.dataset.many);
      if (!answer.ok) return say(box.dataset.gone);
      let jwe = "";
      let replies = false;
      if (flag.includes("U")) jwe = await answer.text();
      else {
        const manifest = await answer.json();
        const file = manifest.files[0];
        replies = manifest.takesReplies === true;
        jwe = file.embedded || (await (await fetch(file.location)).text());
      }
      show(await open(jwe, link.key));
      ask.hidden = true;
      if (!replies) return;
      const form = document.getElementById("shl-reply-form");
      form.action = `${new URL(link.url).pathname}/reply`;
      document.getElementById("who").value = who === "-" ? "" : who;
      document.getElementById("shl-reply").hidden = false;
    } catch {
      say(box.dataset.broken);
    }
  });
})();
