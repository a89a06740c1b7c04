/* Helps of the agents' desk; every page works without them. */

const TYPING_COUNTS_MS = 15000;
let typedAt = 0;

/* Read by htmx when it asks the server what happens meanwhile. */
window.deskPulse = () => ({
  posledni: document.querySelector("#thread").dataset.newest,
  ...(Date.now() - typedAt < TYPING_COUNTS_MS ? { pise: 1 } : {}),
});

document.addEventListener("input", (event) => {
  if (event.target.closest("#answer")) typedAt = Date.now();
});

document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.matches("[data-check-all]")) {
    for (const box of document.querySelectorAll("input[name=pozadavek]")) box.checked = target.checked;
  }
  if (target.matches("[data-insert-into]") && target.value) {
    const text = document.querySelector(target.dataset.insertInto);
    text.setRangeText(target.value, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    target.value = "";
  }
  if (target.matches("[data-names]")) {
    document.querySelector(target.dataset.names).textContent = [...target.files].map((file) => file.name).join(", ");
  }
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close && close.closest("#ukon-misto")) {
    event.preventDefault();
    close.closest("#ukon-misto").replaceChildren();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const place = document.querySelector(`.desk [data-shortcut="${CSS.escape(event.key)}"]`);
  if (!place) return;
  event.preventDefault();
  place.matches("a") ? place.click() : place.focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches("#ukon-misto, #note-place")) event.target.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  for (const menu of document.querySelectorAll(".acts details[open]")) menu.open = false;
});
