/** One application: its face, its bot, logins with it, and where it is called. */
import ArrowLeft from "lucide-solid/icons/arrow-left";
import { createSignal, Match, Switch } from "solid-js";
import { Button, Picture } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { leave } from "../guard";
import { BotPart } from "./app/BotPart";
import { Endpoints } from "./app/Endpoints";
import { General } from "./app/General";
import { OAuthPart } from "./app/OAuthPart";
import { ShopPart } from "./app/ShopPart";
import { type Application, appIcon } from "./application";

interface EditorProps {
  application: Application;
  onBack: () => void;
  onChange: (next: Application) => void;
  onToken: (token: string) => void;
  onGone: () => void;
}

type Part = "general" | "bot" | "oauth" | "shop" | "endpoints";

export function ApplicationEditor(props: EditorProps) {
  const [part, setPart] = createSignal<Part>("general");
  return (
    <>
      <div class="row crumb">
        <Button small look="ghost" onClick={() => leave(() => props.onBack())}>
          <ArrowLeft size={16} /> All applications
        </Button>
      </div>
      <header class="editor-head">
        <span class="guild-face">
          <Picture
            src={appIcon(props.application, 44)}
            name={props.application.name}
            id={props.application.id}
            size={44}
          />
        </span>
        <h2 class="grow truncate">{props.application.name}</h2>
      </header>
      <Tabs<Part>
        label="Parts of the application"
        value={part()}
        onChange={(next) => leave(() => setPart(next))}
        options={[
          { value: "general", label: "General" },
          { value: "bot", label: "Bot" },
          { value: "oauth", label: "OAuth2" },
          { value: "shop", label: "Shop" },
          { value: "endpoints", label: "Addresses" },
        ]}
      />
      <Switch>
        <Match when={part() === "general"}>
          <General application={props.application} onChange={props.onChange} onGone={props.onGone} />
        </Match>
        <Match when={part() === "bot"}>
          <BotPart application={props.application} onChange={props.onChange} onToken={props.onToken} />
        </Match>
        <Match when={part() === "oauth"}>
          <OAuthPart application={props.application} onChange={props.onChange} />
        </Match>
        <Match when={part() === "shop"}>
          <ShopPart application={props.application} onChange={props.onChange} />
        </Match>
        <Match when={part() === "endpoints"}>
          <Endpoints application={props.application} onChange={props.onChange} />
        </Match>
      </Switch>
    </>
  );
}
