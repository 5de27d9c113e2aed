/** The client starts here. */
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/kit.css";
import { render } from "solid-js/web";
import { App } from "./app/App";
import { partMissing } from "./app/renew";
import { start } from "./app/session";
import { applyPreferences } from "./preference/store";

applyPreferences();
window.addEventListener("vite:preloadError", () => void partMissing());
start();
const root = document.getElementById("root");
if (root) render(() => <App />, root);
