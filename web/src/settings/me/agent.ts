/** What a browser says of itself, in words. */

export interface Device {
  browser: string;
  system: string;
  kind: "desktop" | "phone" | "tablet" | "program";
}

const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, "Edge"],
  [/OPR\/(\d+)/, "Opera"],
  [/Vivaldi\/(\d+)/, "Vivaldi"],
  [/SamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/HeadlessChrome\/(\d+)/, "Chrome"],
  [/(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari/, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** Reads a `User-Agent`; what is not a browser is a program with a name. */
export function deviceOf(agent: string): Device {
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
  for (const [pattern, name] of BROWSERS) {
    const match = pattern.exec(agent);
    if (!match) continue;
    const tablet = /iPad/.test(agent) || (/Android/.test(agent) && !/Mobile/.test(agent));
    const phone = !tablet && /iPhone|Mobile/.test(agent);
    return { browser: `${name} ${match[1]}`, system, kind: tablet ? "tablet" : phone ? "phone" : "desktop" };
  }
  const program = /^[^\s/(]+/.exec(agent.trim())?.[0];
  return { browser: program ?? "Unknown program", system, kind: "program" };
}
