// The page of one request: the thread keeps up by itself while somebody looks at it.

const EVERY = 20_000;
let live = true;

setInterval(() => {
  if (live && document.visibilityState === "visible" && document.getElementById("vlakno")) htmx.trigger("#vlakno", "refresh");
}, EVERY);

// What remains of the deadlines is told in the server's own words.
const EACH_MINUTE = 60_000;
setInterval(() => {
  if (live && document.visibilityState === "visible") htmx.trigger("#hodiny", "refresh");
}, EACH_MINUTE);

// Signed out or gone: asking on makes no sense.
document.addEventListener("htmx:responseError", () => (live = false));

// „Dodat“ ticks the item in the form below without loading the page again.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-delivers]");
  const box = link && document.querySelector(`#zprava input[name=delivers][value="${link.dataset.delivers}"]`);
  if (box) {
    event.preventDefault();
    box.checked = true;
    document.getElementById("text").focus();
  }
});

// A link to a folded form unfolds it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).open = true;
});
