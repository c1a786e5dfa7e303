// What scripts add to pages that work without them. No markup is made from text here, nothing is kept in the browser.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  const inField = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog") != null;

  // The live region speaks once what is put into it changes.
  function say(text) {
    const live = $("#live");
    if (!live || !text) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 50);
  }

  // --- fields -------------------------------------------------------------------------------------------------------
  function setUpPassword(box) {
    const button = $("button[aria-controls]", box), input = $("input", box);
    if (!button || !button.hidden) return;
    button.hidden = false;
    const show = (on) => {
      input.type = on ? "text" : "password";
      button.textContent = on ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-label", on ? button.dataset.hideLabel : button.dataset.showLabel);
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false)); // so that browsers do not remember it as plain text
  }

  function setUpCount(box) {
    const area = $("textarea, input", box), line = $(".count-left", box), most = Number(box.dataset.count);
    if (!area || !line) return;
    let later = 0;
    const tell = () => {
      const left = most - area.value.length;
      line.classList.toggle("count-left--over", left < 0);
      if (left > most / 2 && left >= 0) return;
      line.textContent = fill(left < 0 ? box.dataset.countOver : box.dataset.countLeft, { n: Math.abs(left) });
      clearTimeout(later);
      if (left < 50) later = setTimeout(() => say(line.textContent), 1500);
    };
    area.addEventListener("input", tell);
    tell();
  }

  // --- drafts: kept on the server while one types -------------------------------------------------------------------
  function setUpDraft(form) {
    const status = $("[data-draft-status]", form);
    let timer = 0, last = "", busy = false;
    const body = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    last = body().toString();
    // What reads like an emergency is answered with the card; it stays until the words are gone.
    async function warn(answer) {
      const place = $("[data-emergency]", form);
      if (!place) return;
      const name = answer.status === 200 ? await answer.text() : "";
      if ((place.dataset.shown || "") === name) return;
      place.dataset.shown = name;
      const card = $(`template[data-card="${CSS.escape(name)}"]`, form);
      place.replaceChildren(...(card ? [card.content.cloneNode(true)] : []));
    }
    async function save() {
      const data = body(), now = data.toString();
      if (busy || now === last || form.dataset.sent) return;
      busy = true;
      try {
        const answer = await fetch(form.dataset.draftUrl, {
          method: "POST", body: data, credentials: "same-origin", redirect: "error", headers: { "X-Requested-With": "draft", "X-Portal-Background": "1" },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        last = now;
        await warn(answer);
        const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }).format(new Date());
        if (status) status.textContent = fill(form.dataset.draftSaved, { time: time.replace(/\s?([AP])M$/, (_, half) => ` ${half.toLowerCase()}m`) });
      } catch {
        if (status) status.textContent = form.dataset.draftFailed;
      } finally {
        busy = false;
      }
      if (body().toString() !== now) wait();
    }
    const wait = () => { clearTimeout(timer); timer = setTimeout(save, 1500); };
    form.addEventListener("input", wait);
    form.addEventListener("change", wait);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  }

  // --- a form is sent once -------------------------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-once]")) return;
    if (form.dataset.sent) return void event.preventDefault();
    form.dataset.sent = "1";
    // After this turn, so that the pressed button's name and value are still sent.
    setTimeout(() => { if (!event.defaultPrevented || form.matches("[hx-post]")) $$("button[type=submit]", form).forEach((b) => b.setAttribute("aria-disabled", "true")); else delete form.dataset.sent; });
  }, true);
  const ready = (form) => { delete form.dataset.sent; $$("[aria-disabled]", form).forEach((b) => b.removeAttribute("aria-disabled")); };
  addEventListener("pageshow", () => $$("form[data-once]").forEach(ready)); // back from the next page

  // --- the session: a warning in time, counted on the clock so that a sleeping computer is not early -------------------
  const box = $("#session-warning");
  let endsAt = Infinity;
  function stillHere() {
    if (!box) return;
    endsAt = Date.now() + Number(box.dataset.idle) * 1000;
    if (box.open) box.close();
  }
  function tick() {
    const left = Math.round((endsAt - Date.now()) / 1000);
    if (left <= 0) return void location.replace(location.pathname + location.search);
    if (left > Number(box.dataset.warn)) return;
    const text = left > 60 ? fill(box.dataset.minutes, { n: Math.ceil(left / 60) }) : fill(box.dataset.seconds, { n: left });
    $("[data-left]", box).textContent = text;
    if (!box.open) { box.showModal(); $("[data-stay-button]", box).focus(); }
    if (left % 30 === 0) $("[data-say]", box).textContent = text;
  }
  if (box && Number(box.dataset.idle) > 0) {
    stillHere();
    setInterval(tick, 1000);
    const stay = async () => {
      try {
        const body = new URLSearchParams({ csrf_token: box.dataset.token });
        const answer = await fetch(box.dataset.stay, { method: "POST", body, credentials: "same-origin", redirect: "error", headers: { "X-CSRFToken": box.dataset.token } });
        if (!answer.ok) throw new Error(String(answer.status));
        stillHere();
      } catch {
        $("[data-say]", box).textContent = box.dataset.failed;
      }
    };
    $("[data-stay-button]", box).addEventListener("click", stay);
    box.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  }

  // --- after htmx: focus goes to what is new, and it is said; a poll speaks only where the page asks -------------------
  const isPoll = (element) => /every/.test(element?.getAttribute?.("hx-trigger") ?? "");
  document.addEventListener("htmx:after:swap", (event) => {
    const ctx = event.detail?.ctx ?? {}, source = ctx.sourceElement;
    const target = ctx.target?.isConnected ? ctx.target : ctx.target?.id ? document.getElementById(ctx.target.id) : null;
    const root = target ?? $("#main");
    setUp(root);
    const spoken = root.matches("[data-say]") ? root : $("[data-say]", root);
    if (isPoll(source)) return void say(spoken?.dataset.say);
    stillHere();
    const goal = $("[data-error-summary]", root) ?? (root.matches("[data-focus]") ? root : $("[data-focus]", root)) ?? $("h1, h2, h3", root) ?? root;
    if (!goal.hasAttribute("tabindex") && !goal.matches("a, button, input, textarea, select")) goal.setAttribute("tabindex", "-1");
    goal.focus();
    say(spoken?.dataset.say ?? goal.textContent.trim().slice(0, 200));
  });
  document.addEventListener("htmx:finally:request", (event) => { const form = event.target.closest?.("form[data-once]"); if (form) ready(form); });

  // --- keys in lists: j and k move, Enter opens, e closes, ? helps; never inside a field ------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || inField(event.target)) return;
    const list = $("[data-keys]");
    if (!list) return;
    if (event.key === "?") { const help = $("#keys-help"); if (help && !help.open) { help.showModal(); event.preventDefault(); } return; }
    if (event.key === "e") { const close = $("[data-key-close]"); if (close) { close.click(); event.preventDefault(); } return; }
    if (event.key !== "j" && event.key !== "k") return;
    const links = $$("[data-key-row]", list).map((row) => row.matches("[data-key-open]") ? row : $("[data-key-open]", row)).filter((link) => link?.offsetParent);
    if (!links.length) return;
    let at = links.findIndex((link) => link === document.activeElement);
    if (at < 0) at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
    next.focus();
    event.preventDefault();
  });

  // --- buttons that only scripts can serve --------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-print], [data-open], [data-close]");
    if (button?.hasAttribute("data-print")) print();
    else if (button?.hasAttribute("data-close")) button.closest("dialog").close();
    else if (button) $(`#${CSS.escape(button.dataset.open)}`)?.showModal();
    const sheet = $("[data-sheet][open]");
    if (sheet && !sheet.contains(event.target)) sheet.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const sheet = $("[data-sheet][open]");
    if (event.key === "Escape" && sheet) { sheet.open = false; $("summary", sheet).focus(); }
  });

  const done = new WeakSet();
  function setUp(root) {
    const all = (selector) => [...(root.matches?.(selector) ? [root] : []), ...$$(selector, root)].filter((one) => !done.has(one));
    all("[data-password]").forEach(setUpPassword);
    all("[data-count]").forEach(setUpCount);
    all("form[data-draft-url]").forEach(setUpDraft);
    all("[data-password], [data-count], form[data-draft-url]").forEach((one) => done.add(one));
  }
  setUp(document);
  ($("[data-error-summary]") ?? $("[data-banner]"))?.focus();
})();
