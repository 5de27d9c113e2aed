/** Accepting an invite. */
import { navigate } from "~/app/router";
import { greet } from "~/onboarding/store";
import { api } from "~/net/rest";
import type { Invite } from "~/wire";

/** Accepts an invite and goes there. */
export async function accept(code: string): Promise<void> {
  const invite = await api.post<Invite>(`/invites/${encodeURIComponent(code)}`, {});
  if (invite.guild && invite.new_member !== false) greet(invite.guild.id);
  if (invite.guild) navigate(`/channels/${invite.guild.id}${invite.channel ? `/${invite.channel.id}` : ""}`);
}
