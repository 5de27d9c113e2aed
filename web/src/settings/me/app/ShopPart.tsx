/** What an application sells, who has it, and giving it: nobody pays here, who was paid says so. */
import Gift from "lucide-solid/icons/gift";
import Pencil from "lucide-solid/icons/pencil";
import Plus from "lucide-solid/icons/plus";
import ShoppingBag from "lucide-solid/icons/shopping-bag";
import { createSignal, For, Show } from "solid-js";
import { api, own } from "~/net/rest";
import { isSold, kindOf } from "~/shop/words";
import { Button, Choice, Empty, Field, IconButton, Switch } from "~/ui";
import { type Sku, SkuKind } from "~/wire";
import { FormDialog } from "../../FormDialog";
import { createLoad, Loaded } from "../../load";
import { Card, Line, Section } from "../../parts";
import { Holders } from "./Holders";
import type { PartProps } from "./part";

const KINDS = [
  { value: String(SkuKind.Durable), label: "Had for good" },
  { value: String(SkuKind.Consumable), label: "Used up once" },
  { value: "5", label: "A subscription" },
  { value: "5g", label: "A subscription of a guild" },
];

export function ShopPart(props: PartProps) {
  const path = () => `/applications/${props.application.id}/skus`;
  const skus = createLoad(() => api.get<Sku[]>(path()));
  const [editing, setEditing] = createSignal<Sku | "new" | null>(null);
  const [giving, setGiving] = createSignal<Sku | null>(null);
  const saved = (next: Sku) =>
    skus.change((all) =>
      all.some((one) => one.id === next.id) ? all.map((one) => (one.id === next.id ? next : one)) : [...all, next],
    );
  return (
    <>
      <Section
        title="What it sells"
        about="A command can ask for one of these. Payment is yours to arrange: give a thing when you were paid for it."
        tools={
          <Button small look="primary" onClick={() => setEditing("new")}>
            <Plus size={16} /> New thing
          </Button>
        }
      >
        <Loaded load={skus} rows={2}>
          {(all) => (
            <Card flush>
              <For
                each={all()}
                fallback={
                  <Empty icon={ShoppingBag} title="Nothing to sell yet">
                    <p>Something for good, something to use up, or a subscription.</p>
                  </Empty>
                }
              >
                {(one) => (
                  <Line label={one.name} note={`${kindOf(one)} · ${isSold(one) ? "sold" : "not sold now"} · ${one.id}`}>
                    <IconButton label={`Give ${one.name}`} disabled={!isSold(one)} onClick={() => setGiving(one)}>
                      <Gift size={16} />
                    </IconButton>
                    <IconButton label={`Edit ${one.name}`} onClick={() => setEditing(one)}>
                      <Pencil size={15} />
                    </IconButton>
                  </Line>
                )}
              </For>
            </Card>
          )}
        </Loaded>
      </Section>
      <Holders
        application={props.application}
        skus={skus.value() ?? []}
        giving={giving()}
        onGiven={() => setGiving(null)}
      />
      <Show when={editing()} keyed>
        {(one) => (
          <SkuDialog
            path={path()}
            sku={one === "new" ? undefined : one}
            onClose={() => setEditing(null)}
            onSaved={saved}
          />
        )}
      </Show>
    </>
  );
}

function SkuDialog(props: { path: string; sku: Sku | undefined; onClose: () => void; onSaved: (sku: Sku) => void }) {
  const [name, setName] = createSignal(props.sku?.name ?? "");
  const [kind, setKind] = createSignal(String(SkuKind.Durable));
  const [sold, setSold] = createSignal(props.sku ? isSold(props.sku) : true);
  const save = async () =>
    props.onSaved(
      props.sku
        ? await own.patch<Sku>(`${props.path}/${props.sku.id}`, { name: name().trim(), available: sold() })
        : await own.post<Sku>(props.path, {
            name: name().trim(),
            type: Number.parseInt(kind(), 10),
            guild: kind().endsWith("g"),
          }),
    );
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={props.sku ? "Edit the thing" : "New thing"}
      action={props.sku ? "Save" : "Make it"}
      disabled={!name().trim()}
      fields={["name", "type"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field label="Name" value={name()} onChange={setName} maxLength={80} required autofocus error={errors().name} />
          <Show
            when={props.sku}
            fallback={<Choice label="What kind" value={kind()} onChange={setKind} options={KINDS} error={errors().type} />}
          >
            <Switch label="Sold" note="Who has it keeps it either way." checked={sold()} onChange={setSold} />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
