// What was typed is never lost without a word. htmx says nothing when a request fails, so this does.
"use strict";
(() => {
  const AGAIN_MS = 3000;
  const waiting = new Map(); // id of a field -> how its request is sent again
  const under_way = new Set(); // requests that save something
  let after = null; // what she clicked while something was being saved

  const lost = () => document.getElementById("lost");
  const wait = () => document.getElementById("wait");
  const tell = (place, text) => { if (place().textContent !== text) place().textContent = text; };
  const saves = (config) => config && config.verb !== "get";

  function show() {
    for (const field of document.querySelectorAll(".is-lost")) field.classList.toggle("is-lost", waiting.has(field.id));
    for (const id of waiting.keys()) document.getElementById(id)?.classList.add("is-lost");
    const texts = new Set([...waiting.values()].map((each) => each.text));
    tell(lost, [...texts].join(" "));
  }

  function again(id) {
    const each = waiting.get(id), field = document.getElementById(id);
    if (!each || !field) { waiting.delete(id); show(); return; }
    if (each.repeats) htmx.trigger(field, each.trigger);
  }

  function failed(event) {
    const config = event.detail.requestConfig, status = event.detail.xhr?.status ?? 0;
    under_way.delete(event.detail.xhr);
    after = null;
    if (!saves(config)) { tell(wait, "The page cannot be reached just now. Trying again."); return; }
    const field = config.elt;
    if (!field.id) { tell(lost, "This was not saved. Reload the page and try again."); return; }
    const repeats = status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
    const text = status === 401 ? "Not saved: you are logged out. Log in again in another tab, and keep this page open."
      : status === 507 ? "Not saved: the disk is full. Tell the person who looks after the importer. Trying again; keep this page open."
      : repeats ? "Not saved. Trying again. Keep this page open."
        : status === 409 ? "Not saved: somebody else changed this import. Copy what you typed, then reload the page."
          : "Not saved. Copy what you typed, then reload the page.";
    const trigger = config.triggeringEvent?.type ?? "change";
    waiting.set(field.id, { repeats, text, trigger });
    show();
    if (repeats) setTimeout(again, AGAIN_MS, field.id);
  }

  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError", "htmx:partialErrorNoTarget"]) {
    document.addEventListener(name, failed);
  }
  document.addEventListener("htmx:beforeSend", (event) => {
    if (saves(event.detail.requestConfig)) under_way.add(event.detail.xhr);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { requestConfig: config, xhr } = event.detail;
    if (xhr.status >= 400) return;
    tell(wait, "");
    if (waiting.delete(config.elt.id)) show();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    under_way.delete(event.detail.xhr);
    if (under_way.size || !after) return;
    const go = after;
    after = null;
    tell(wait, "");
    if (!waiting.size) go();
  });

  // Whoever types and then leaves at once leaves when what she typed is saved.
  function later(event, go) {
    if (!under_way.size && !waiting.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!under_way.size) return; // the words in #lost say why
    after = go;
    tell(wait, "Saving what you typed first.");
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || link.getAttribute("href").startsWith("#") || event.button || event.ctrlKey || event.metaKey) return;
    later(event, () => link.click());
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.closest("[hx-post]")) return;
    later(event, () => form.requestSubmit(button));
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size || under_way.size) event.preventDefault();
  });
})();

// Cells of a review: the answer to an edit replaces words around the inputs, never an input, so nothing that is being typed is lost.
(() => {
  const table = document.querySelector("table.review");
  const cells = () => [...document.querySelectorAll("input[id^=c][hx-post]")];
  document.addEventListener("htmx:configRequest", (event) => {
    const { parameters, elt } = event.detail;
    if (event.detail.verb === "get" && !elt.matches("[hx-get$='/cells']")) return;
    const rows = [...document.querySelectorAll("tr[data-row]")].map((row) => row.dataset.row);
    parameters.shown = [...rows, ...cells().map((cell) => cell.id.slice(1))].join(" ");
    parameters.show = table?.dataset.show ?? "";
    if (elt.matches("input")) parameters.was = elt.defaultValue;
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const cell = event.detail.elt;
    if (cell.matches("input[id^=c]")) document.getElementById(`n${cell.id.slice(1)}`)?.setAttribute("data-state", "Saving…");
  });
  // What stands there by now is shown although the edit was refused.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 409 && xhr.responseText.includes("<hx-partial")) event.detail.shouldSwap = true;
  });
  let focused = "";
  document.addEventListener("htmx:beforeOnLoad", () => { focused = document.activeElement?.id ?? ""; });
  document.addEventListener("htmx:afterRequest", (event) => {
    const cell = event.detail.elt;
    if (cell.matches("input[id^=c]")) document.getElementById(`n${cell.id.slice(1)}`)?.removeAttribute("data-state");
    for (const notes of document.querySelectorAll("[data-for]")) {
      const input = document.getElementById(notes.dataset.for);
      if (!input) continue;
      const clean = input.value === input.defaultValue;
      input.defaultValue = notes.dataset.value;
      if (clean) input.value = notes.dataset.value;
      input.setAttribute("aria-invalid", notes.dataset.wrong);
      input.closest(".cell").classList.toggle("is-wrong", notes.dataset.wrong === "true");
    }
    // A button that was replaced, or that became another one, gives its focus to what stands there now.
    if (document.activeElement !== document.body || !focused) return;
    const row = focused.match(/^(?:leave|back)-(\d+)$/);
    (document.getElementById(focused) ?? (row && document.querySelector(`#links-${row[1]} button`)) ?? document.getElementById("said"))?.focus();
  });

  function next(from) {
    const wrong = cells().filter((cell) => cell === from || cell.getAttribute("aria-invalid") === "true");
    return wrong[wrong.indexOf(from) + 1];
  }
  document.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches?.("input[id^=c][hx-post]") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key !== "Tab" && event.key !== "Enter") return;
    const after = next(cell);
    if (!after) return;
    event.preventDefault();
    after.focus();
    after.select();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#next-problem")) return;
    const last = document.activeElement?.matches("input[id^=c]") ? document.activeElement : null;
    const after = next(last) ?? next(null);
    if (!after) return;
    event.preventDefault();
    after.scrollIntoView({ block: "center" });
    after.focus();
  });
})();

// A sheet may be dropped anywhere on the page that uploads one; what was chosen is named before it is sent.
(() => {
  const form = document.getElementById("upload"), field = document.getElementById("file"), chosen = document.getElementById("chosen");
  if (!form || !field) return;
  function tell() {
    const file = field.files[0];
    const size = file ? (file.size >= 1e6 ? `${(file.size / 1e6).toFixed(1)} MB` : `${Math.max(Math.round(file.size / 1e3), 1)} kB`) : "";
    const name = document.createElement("strong"), more = document.createElement("span");
    name.textContent = file ? file.name : "";
    more.textContent = size;
    chosen.replaceChildren(...(file ? [name, more] : []));
    if (file) form.querySelector("button").focus();
  }
  field.addEventListener("change", tell);
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; tell(); }
  });
})();
