// What went wrong with a passkey is said on the page, beside the button.

document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("passkey-error");
  if (!place) return;
  event.preventDefault();
  place.textContent = window.PublicKeyCredential
    ? "Přístupový klíč se nepodařilo použít. Zkuste to znovu, nebo zvolte jiný způsob."
    : "Tento prohlížeč přístupové klíče neumí. Zvolte prosím jiný způsob.";
  place.hidden = false;
});
