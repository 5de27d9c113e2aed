/** In the place of the composer where one cannot write: why. */
import { Show } from "solid-js";
import { lockNote } from "~/channel/bar";
import { can, measured, timedOutUntil } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { verificationIn } from "~/guild/verification";
import { clock, stamp } from "~/message/time";
import { isPending, ScreeningBar } from "~/onboarding/Screening";
import { type Channel, isVoice } from "~/wire";

export function Closed(props: { channel: Channel }) {
  const why = () => {
    if (props.channel.thread_metadata?.locked) return "This thread is locked.";
    const place = measured(props.channel);
    if (place?.archived) return "This channel is archived. It can be read, but not written to.";
    if (place?.locked) return `This channel is locked. ${lockNote(place)}`;
    const until = timedOutUntil(props.channel.guild_id ?? "");
    if (until !== null) return `You are timed out until ${stamp(until).replace(/^T/, "t")}.`;
    if (isVoice(props.channel) && !can(props.channel, Permission.Connect)) return "Only who may come in reads and writes here.";
    const waits = verificationIn(props.channel.guild_id ?? "");
    if (waits === "email") return "Who writes here needs an email address: give one in the settings of your account.";
    if (waits !== null) return `You are new here. You can write from ${clock(waits, false)} on.`;
    return "You cannot write here.";
  };
  return (
    <Show when={isPending(props.channel.guild_id)} fallback={<div class="composer composer-closed">{why()}</div>}>
      <ScreeningBar guild={props.channel.guild_id ?? ""} />
    </Show>
  );
}
