// Shortcuts and small comforts of the portal; every page works without this file.

const typing = (element) => element.closest("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter" && event.target.hasAttribute("data-ctrl-enter")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    const search = document.querySelector("input[type=search]");
    const list = document.querySelector("[data-shortcut='/']");
    if (search) {
      search.focus();
      search.select();
    } else if (list) location.assign(`${list.href}#q`);
  }
  if (event.key === "n") document.querySelector("[data-shortcut=n]")?.click();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A choice that is a filter needs no button.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

// A second click on the way to the server is dropped; the server itself takes a form only once, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 3000);
});

// Drafts of <form data-draft="name">: what was typed survives a closed window. A page that confirms the sending
// carries data-draft-sent="name" in its message, and only then the draft goes.
const draftKey = (field) => `draft:${field.form.dataset.draft}:${field.name}`;

for (const { dataset } of document.querySelectorAll("[data-draft-sent]")) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`draft:${dataset.draftSent}:`)) localStorage.removeItem(key);
  }
}
for (const field of document.querySelectorAll("form[data-draft] :is(textarea, input[type=text])")) {
  const kept = localStorage.getItem(draftKey(field));
  if (kept && !field.value) {
    field.value = kept;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.form?.dataset.draft || !field.matches("textarea, input[type=text]")) return;
  if (field.value) localStorage.setItem(draftKey(field), field.value);
  else localStorage.removeItem(draftKey(field));
});

// Live counters: <output data-counts="id of the field" data-limit="8000">.
const count = (output) => {
  const length = [...document.getElementById(output.dataset.counts).value].length;
  output.value = `${length.toLocaleString("cs")} z ${Number(output.dataset.limit).toLocaleString("cs")}`;
};
for (const output of document.querySelectorAll("output[data-counts]")) {
  count(output);
  document.getElementById(output.dataset.counts).addEventListener("input", () => count(output));
}
