/** The frame of pages for people who are not logged in. */
import Alert from "lucide-solid/icons/triangle-alert";
import { type JSX, Show } from "solid-js";
import { instance } from "~/app/session";
import "./auth.css";

export function AuthPage(props: { title: string; about?: JSX.Element; children: JSX.Element; foot?: JSX.Element }) {
  return (
    <main class="auth">
      <section class="auth-card">
        <div class="auth-mark">
          <img src="/icon.svg" alt="" />
          <span class="truncate">{instance()?.name ?? "Guildhall"}</span>
        </div>
        <h1>{props.title}</h1>
        <p class="auth-about">{props.about}</p>
        {props.children}
        <Show when={props.foot}>
          <p class="auth-foot">{props.foot}</p>
        </Show>
      </section>
    </main>
  );
}

export function Problem(props: { text: string }) {
  return (
    <Show when={props.text}>
      <div class="notice notice-bad" role="alert">
        <Alert size={18} />
        <span>{props.text}</span>
      </div>
    </Show>
  );
}
