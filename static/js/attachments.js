// Files of a form: chosen, dropped or pasted, each sent at once with its own progress. Without this file the same
// field is a plain multipart input; the server lists what it kept either way.

const UNITS = [["GB", 1024 ** 3], ["MB", 1024 ** 2], ["kB", 1024]];

function sizeInWords(bytes) {
  const [unit, step] = UNITS.find(([, step]) => bytes >= step) ?? ["B", 1];
  const digits = bytes / step < 10 && !["kB", "B"].includes(unit) ? 1 : 0;
  return `${(bytes / step).toFixed(digits).replace(".", ",")}\u00a0${unit}`;
}

/** Whole files named so that several pasted screenshots can be told apart. */
function pasted(clipboard) {
  if (clipboard.types.includes("text/plain")) return []; // a table from Excel comes as text and as a picture: the text counts
  const stamp = new Date().toLocaleString("sv").replace(" ", "-").replaceAll(":", "");
  return [...clipboard.files].map((file, index) =>
    file.name === "image.png" ? new File([file], `snimek-${stamp}${index ? `-${index + 1}` : ""}.png`, { type: file.type }) : file,
  );
}

class Attachments {
  constructor(field) {
    this.field = field;
    this.form = field.closest("form");
    this.list = field.querySelector(".files");
    this.drop = field.querySelector(".drop");
    this.running = new Set();
    const input = field.querySelector("input[type=file]");
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    for (const button of this.list.querySelectorAll("button")) button.type = "button"; // else Enter in a field would press it
    this.list.addEventListener("click", (event) => this.removeKept(event));
    this.form.addEventListener("submit", (event) => this.waitForFiles(event));
    this.form.addEventListener("dragover", (event) => this.hover(event));
    this.form.addEventListener("dragleave", () => delete this.drop.dataset.over);
    this.form.addEventListener("drop", (event) => this.take(event));
    this.form.addEventListener("paste", (event) => {
      const files = pasted(event.clipboardData);
      if (files.length) event.preventDefault();
      this.add(files);
    });
  }

  hover(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.drop.dataset.over = "";
  }

  take(event) {
    delete this.drop.dataset.over;
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    this.add(event.dataTransfer.files);
  }

  add(files) {
    for (const file of files) {
      const { maxFiles, maxBytes } = this.field.dataset;
      const kept = this.list.querySelectorAll("li:not([data-tone=bad])").length;
      if (kept >= Number(maxFiles)) this.refuse(file.name, `K jedné zprávě lze přidat nejvýše ${maxFiles} souborů.`);
      else if (file.size > Number(maxBytes)) this.refuse(file.name, `Soubor je větší než ${sizeInWords(Number(maxBytes))}. Zmenšete jej, nebo jej rozdělte.`);
      else this.send(file);
    }
  }

  send(file) {
    const row = this.row(file.type.startsWith("image/") ? "image" : "file", file.name, "Zrušit", " nahrávání");
    const progress = row.querySelector("progress");
    progress.setAttribute("aria-label", `Nahrávání ${file.name}`);
    const upload = new XMLHttpRequest();
    let arrived = false;
    let cancelled = false;
    upload.upload.onprogress = ({ loaded, total }) => {
      progress.value = Math.floor((loaded / total) * 100);
      row.lastElementChild.textContent = `${progress.value}\u00a0%`;
    };
    upload.upload.onload = () => (arrived = true);
    upload.onload = () => this.answered(upload, row, file, cancelled);
    upload.onerror = () => this.refuse(file.name, "Spojení se přerušilo. Zkontrolujte připojení a vyberte soubor znovu.", row);
    upload.onloadend = () => this.ended(upload);
    row.querySelector("button").onclick = () => {
      cancelled = true;
      if (!arrived) upload.abort(); // else the server has it already: its answer brings the id by which it is removed
      row.remove();
      this.field.querySelector("input[type=file]").focus();
    };
    this.running.add(upload);
    upload.open("POST", this.field.dataset.stage);
    upload.send(this.body({ upload: file }));
  }

  answered(upload, row, file, cancelled) {
    let answer = {};
    if (upload.status === 413) answer.error = "Soubor je příliš velký. Zmenšete jej, nebo jej rozdělte.";
    else if (upload.getResponseHeader("Content-Type")?.startsWith("application/json")) answer = JSON.parse(upload.responseText);
    else answer.error = "Nahrání se nezdařilo. Načtěte stránku znovu, rozepsaný text zůstane.";
    if (cancelled) {
      if (answer.id) this.discard(answer.id);
    } else if (answer.error) this.refuse(file.name, answer.error, row);
    else this.keep(row, answer);
  }

  keep(row, { id, name, size }) {
    row.dataset.id = id;
    row.querySelector(".name").textContent = name;
    row.querySelector("progress").remove();
    row.lastElementChild.textContent = `${sizeInWords(size)}, nahráno`;
    const button = row.querySelector("button");
    button.onclick = null;
    this.label(button, "Odstranit", name);
    this.say(`${name} nahráno`);
  }

  refuse(name, sentence, row) {
    const refused = this.row("refused", name, "Odstranit");
    refused.querySelector(".error").textContent = sentence;
    refused.querySelector("button").onclick = () => refused.remove();
    row?.replaceWith(refused);
    this.say(`${name}: ${sentence}`);
  }

  removeKept(event) {
    const row = event.target.closest("button")?.closest("li[data-id]");
    if (!row) return;
    event.preventDefault();
    this.discard(row.dataset.id);
    this.say(`${row.querySelector(".name").textContent} odstraněno`);
    row.remove();
    this.field.querySelector("input[type=file]").focus();
  }

  discard(id) {
    const removal = fetch(`${this.field.dataset.stage}${id}/odstranit/`, { method: "POST", body: this.body({}) });
    this.running.add(removal);
    removal.finally(() => this.ended(removal));
  }

  /** A form sent too early goes as soon as the last file is there. */
  waitForFiles(event) {
    if (!this.running.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waiting = event.submitter;
    this.say("Odešle se, jakmile se soubory nahrají.");
  }

  ended(transfer) {
    this.running.delete(transfer);
    if (this.running.size || !("waiting" in this)) return;
    const submitter = this.waiting;
    delete this.waiting;
    if (!this.list.querySelector("li[data-tone=bad]")) this.form.requestSubmit(submitter);
  }

  row(kind, name, action, what = "") {
    const row = this.field.querySelector(`template[data-row=${kind}]`).content.firstElementChild.cloneNode(true);
    row.querySelector(".name").textContent = name;
    this.label(row.querySelector("button"), action, `${what} ${name}`.trim());
    this.list.append(row);
    return row;
  }

  label(button, action, rest) {
    const spoken = Object.assign(document.createElement("span"), { className: "sr-only", textContent: ` ${rest}` });
    button.replaceChildren(action, spoken);
  }

  body(parts) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    body.set("form_token", this.form.elements.form_token.value);
    for (const [name, value] of Object.entries(parts)) body.set(name, value);
    return body;
  }

  say(sentence) {
    this.field.querySelector("[role=status]").textContent = sentence;
  }
}

const known = new WeakSet();

function start(root) {
  for (const field of root.querySelectorAll("[data-attachments]")) {
    if (known.has(field)) continue;
    known.add(field);
    new Attachments(field);
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
