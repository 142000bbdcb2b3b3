// The form of the login.

import { html, useEffect, useRef, useState } from "../vendor/libs.js";
import { logInWithKey, logInWithPassword } from "./ways.js";

const PASSWORD = {
  name: "Password", autocomplete: "current-password", attempt: logInWithPassword,
  about: "Reading here takes the password that the sidecar's configuration calls ui_password.",
};
const KEY = {
  name: "Key", autocomplete: "off", attempt: logInWithKey,
  about: "Reading here takes one of the sidecar's keys, of the role read or admin. It is kept until this tab is closed.",
};

/** @param {{ ways: import("./ways.js").Ways, onDone: () => void }} properties */
export function LoginForm({ ways, onDone }) {
  const [byKey, setByKey] = useState(!ways.password);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const way = byKey ? KEY : PASSWORD;
  useEffect(() => field.current?.focus(), [byKey]);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const problem = await way.attempt(field.current?.value ?? "").catch(() => "The sidecar could not be reached.");
    setBusy(false);
    if (problem === null) return onDone();
    setWrong(problem);
    field.current?.select();
  };
  const change = () => { setWrong(""); setByKey(!byKey); };

  return html`<form onSubmit=${submit}>
    <h1 id="login-title">Log in</h1>
    <p class="muted small" id="login-about">${way.about}</p>
    <label for="login-secret">${way.name}</label>
    <input ref=${field} key=${way.name} id="login-secret" type="password" required autocomplete=${way.autocomplete}
      aria-describedby="login-about login-wrong" aria-invalid=${wrong !== ""} />
    <p class="wrong" id="login-wrong" role="alert">${wrong}</p>
    <p class="buttons">
      <button class="primary" disabled=${busy}>${busy ? "Asking …" : "Log in"}</button>
      ${ways.password && html`<button type="button" class="plain" onClick=${change}>
        Use ${byKey ? "the password" : "a key"} instead</button>`}
    </p>
  </form>`;
}
