// Passkeys: the browser makes or uses one, and what it says travels in the form. Without support the form stays hidden.
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const readable = options => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) (list || []).forEach(each => { each.id = bytes(each.id); });
    return options;
  };
  const written = made => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      const failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = true;
      try {
        const token = form.elements.namedItem("csrf_token");
        const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token ? token.value : "", Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        const publicKey = readable(await answer.json());
        form.elements.namedItem("credential").value = written(await navigator.credentials[form.dataset.passkey]({ publicKey }));
        form.submit();
      } catch { failed.hidden = false; }
    });
  }
})();
