/** The name of the page: what is open, and how much waits. */
import { createEffect } from "solid-js";
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { allMentions } from "~/read/store";
import { openChannel, place } from "./router";
import { instance } from "./session";

export function watchTitle(): void {
  createEffect(() => {
    const id = openChannel();
    const channel = id ? channels[id] : undefined;
    const now = place();
    const mentions = allMentions();
    const parts = [
      channel && (channel.guild_id ? `#${channelName(channel)}` : channelName(channel)),
      now.kind === "guild" ? guilds[now.guild]?.name : undefined,
      instance()?.name ?? "Guildhall",
    ].filter(Boolean);
    document.title = `${mentions > 0 ? `(${mentions}) ` : ""}${parts.join(" · ")}`;
  });
}
