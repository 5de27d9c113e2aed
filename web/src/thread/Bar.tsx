/** Over a thread that one has not joined, or that is archived. */
import Archive from "lucide-solid/icons/archive";
import MessagesSquare from "lucide-solid/icons/messages-square";
import { Match, Switch } from "solid-js";
import { attempt, Button } from "~/ui";
import { type Channel, isThread } from "~/wire";
import { joinThread } from "./store";

export function ThreadBar(props: { channel: Channel }) {
  return (
    <Switch>
      <Match when={isThread(props.channel) && props.channel.thread_metadata?.archived}>
        <div class="thread-bar">
          <Archive size={16} />
          <span class="grow">
            {props.channel.thread_metadata?.locked ? "This thread is archived and locked." : "This thread is archived. Whoever writes opens it again."}
          </span>
        </div>
      </Match>
      <Match when={isThread(props.channel) && !props.channel.member}>
        <div class="thread-bar">
          <MessagesSquare size={16} />
          <span class="grow">Join the thread to hear of what is said.</span>
          <Button small look="primary" onClick={() => void attempt(joinThread(props.channel.id))}>
            Join
          </Button>
        </div>
      </Match>
    </Switch>
  );
}
