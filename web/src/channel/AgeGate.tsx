/** Asked once in a guild before what is not for the young is shown. */
import ShieldAlert from "lucide-solid/icons/shield-alert";
import { navigate } from "~/app/router";
import { Button, Empty } from "~/ui";
import type { Channel } from "~/wire";
import { agree } from "./age";
import { channelName } from "./store";

export function AgeGate(props: { channel: Channel }) {
  return (
    <div class="age-gate">
      <Empty icon={ShieldAlert} title="Only for adults">
        <p>What is said in {channelName(props.channel)} is not for everybody. Are you 18 or older?</p>
        <div class="age-gate-answers">
          <Button onClick={() => navigate("/channels/@me")}>No, go back</Button>
          <Button look="primary" onClick={() => agree(props.channel.guild_id ?? "")}>
            I am 18 or older
          </Button>
        </div>
      </Empty>
    </div>
  );
}
