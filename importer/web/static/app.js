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
