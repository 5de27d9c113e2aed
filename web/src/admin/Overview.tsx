/** Figures of the instance, as they are now and a moment ago. */
import Activity from "lucide-solid/icons/activity";
import Bot from "lucide-solid/icons/bot";
import Castle from "lucide-solid/icons/castle";
import Clock from "lucide-solid/icons/clock";
import Cpu from "lucide-solid/icons/cpu";
import Hash from "lucide-solid/icons/hash";
import Memory from "lucide-solid/icons/memory-stick";
import MessageSquare from "lucide-solid/icons/message-square-text";
import PlugZap from "lucide-solid/icons/plug-zap";
import Users from "lucide-solid/icons/users";
import { createSignal, For, onCleanup, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { instance } from "~/app/session";
import { own } from "~/net/rest";
import { Failed, type Icon, Skeleton } from "~/ui";
import { Section } from "~/settings/parts";
import { grouped, line, mebibytes, remember, span } from "./figures";
import type { Stats } from "./wire";

const EVERY = 5000;

// Kept while one looks at other sections.
const [past, setPast] = createSignal<Partial<Record<keyof Stats, number[]>>>({});
const [stats, setStats] = createSignal<Stats>();

const WATCHED = ["memory_bytes", "cpu_percent", "sessions", "messages_last_hour"] as const;

interface Figure {
  label: string;
  icon: Icon;
  show: (now: Stats) => string;
  line?: (typeof WATCHED)[number];
}

const LIVE: Figure[] = [
  { label: "Connected now", icon: PlugZap, show: (now) => grouped(now.sessions), line: "sessions" },
  {
    label: "Messages in the last hour",
    icon: Activity,
    show: (now) => grouped(now.messages_last_hour),
    line: "messages_last_hour",
  },
  { label: "Memory", icon: Memory, show: (now) => mebibytes(now.memory_bytes), line: "memory_bytes" },
  { label: "Processor", icon: Cpu, show: (now) => `${now.cpu_percent.toFixed(1)} %`, line: "cpu_percent" },
];

const COUNTS: Figure[] = [
  { label: "People", icon: Users, show: (now) => grouped(now.users) },
  { label: "Bots", icon: Bot, show: (now) => grouped(now.bots) },
  { label: "Guilds", icon: Castle, show: (now) => grouped(now.guilds) },
  { label: "Channels", icon: Hash, show: (now) => grouped(now.channels) },
  { label: "Messages", icon: MessageSquare, show: (now) => grouped(now.messages) },
  { label: "Running for", icon: Clock, show: (now) => span(now.uptime_seconds) },
];

export function Overview() {
  const [problem, setProblem] = createSignal<unknown>();
  const look = async () => {
    if (document.visibilityState === "hidden") return;
    try {
      const now = await own.get<Stats>("/admin/stats");
      setStats(now);
      setPast((all) => Object.fromEntries(WATCHED.map((key) => [key, remember(all[key] ?? [now[key]], now[key])])));
      setProblem(undefined);
    } catch (error) {
      setProblem(error);
    }
  };
  void look();
  const timer = setInterval(() => void look(), EVERY);
  onCleanup(() => clearInterval(timer));
  return (
    <Show when={!problem() || stats()} fallback={<Failed error={problem()} onRetry={() => void look()} />}>
      <Section title="Now" about="Looked at every five seconds while this page is open.">
        <div class="figures">
          <For each={LIVE}>{(figure) => <FigureCard figure={figure} />}</For>
        </div>
      </Section>
      <Section title="All in all">
        <div class="figures small">
          <For each={COUNTS}>{(figure) => <FigureCard figure={figure} />}</For>
        </div>
        <p class="settings-version">
          {instance()?.name} runs Guildhall {instance()?.version}.
        </p>
      </Section>
    </Show>
  );
}

function FigureCard(props: { figure: Figure }) {
  const path = () => (props.figure.line ? line(past()[props.figure.line] ?? [], 200, 36) : "");
  return (
    <div class="figure">
      <div class="figure-label">
        <Dynamic component={props.figure.icon} size={16} /> {props.figure.label}
      </div>
      <div class="figure-value">
        <Show when={stats()} fallback={<Skeleton width="72px" height="26px" />}>
          {(now) => props.figure.show(now())}
        </Show>
      </div>
      <Show when={props.figure.line}>
        <svg class="figure-line" viewBox="0 -2 200 40" preserveAspectRatio="none" aria-hidden="true">
          <path d={path()} vector-effect="non-scaling-stroke" />
        </svg>
      </Show>
    </div>
  );
}
