/** What is shown while something loads, when there is nothing, and when it went wrong. */
import Alert from "lucide-solid/icons/triangle-alert";
import { For, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { explain } from "~/net/error";
import { Button } from "./Button";
import type { Icon } from "./Menu";

export function Spinner(props: { label?: string; size?: number }) {
  return (
    <span class="spinner" role="status" style={{ "font-size": `${props.size ?? 20}px` }}>
      <span class="visually-hidden">{props.label ?? "Loading"}</span>
    </span>
  );
}

export function Skeleton(props: { width?: string; height?: string; round?: boolean }) {
  return (
    <span
      class="skeleton"
      aria-hidden="true"
      style={{
        width: props.width ?? "100%",
        height: props.height ?? "12px",
        "border-radius": props.round ? "50%" : "6px",
      }}
    />
  );
}

export function SkeletonRows(props: { rows?: number }) {
  return (
    <div class="stack" style={{ padding: "16px" }} aria-busy="true">
      <For each={Array.from({ length: props.rows ?? 4 })}>
        {(_, index) => (
          <div class="row">
            <Skeleton width="36px" height="36px" round />
            <div class="grow stack" style={{ gap: "6px" }}>
              <Skeleton width={`${24 + ((index() * 13) % 30)}%`} />
              <Skeleton width={`${55 + ((index() * 17) % 35)}%`} />
            </div>
          </div>
        )}
      </For>
    </div>
  );
}

export function Empty(props: { icon: Icon; title: string; children?: JSX.Element }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Dynamic component={props.icon} size={30} />
      </span>
      <div class="empty-title">{props.title}</div>
      {props.children}
    </div>
  );
}

export function Failed(props: { error: unknown; onRetry?: () => void }) {
  return (
    <div class="empty" role="alert">
      <span class="empty-icon" style={{ background: "var(--bad-soft)", color: "var(--bad)" }}>
        <Alert size={28} />
      </span>
      <div class="empty-title">That did not work</div>
      <p>{explain(props.error)}</p>
      <Show when={props.onRetry}>
        <Button look="secondary" onClick={() => props.onRetry?.()}>
          Try again
        </Button>
      </Show>
    </div>
  );
}
