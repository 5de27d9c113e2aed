/** Coming into a guild without an invite. */
import { navigate } from "~/app/router";
import { api } from "~/net/rest";
import { greet } from "~/onboarding/store";
import type { Guild, Id } from "~/wire";

/** Joins a public guild and goes there. */
export async function join(id: Id): Promise<void> {
  const guild = await api.put<Guild>(`/guilds/${id}/members/@me`);
  greet(guild.id);
  navigate(`/channels/${guild.id}`);
}
