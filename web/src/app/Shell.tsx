/** The client of somebody who is logged in. */
import { Show } from "solid-js";
import { account } from "~/user/store";
import { Loading } from "./App";
import { ready } from "./dispatch";

export default function Shell() {
  return (
    <Show when={ready()} fallback={<Loading />}>
      <main>{account.me?.username}</main>
    </Show>
  );
}
