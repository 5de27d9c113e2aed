/** The client starts here. */
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/kit.css";
import { render } from "solid-js/web";
import { App } from "./app/App";
import { start } from "./app/session";
import { applyPreferences } from "./preference/store";

applyPreferences();
// After the server was brought up to date, parts of the old client are gone: the page asks for the new one, once in a while.
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("guildhall.reloaded") ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem("guildhall.reloaded", String(Date.now()));
  location.reload();
});
start();
const root = document.getElementById("root");
if (root) render(() => <App />, root);
