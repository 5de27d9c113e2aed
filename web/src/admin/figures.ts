/** Figures in words, and a little of their past. */

/** 3 d 4 h, 12 min, 8 s: the two largest units. */
export function span(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

export const grouped = (count: number): string => new Intl.NumberFormat().format(count);

export function mebibytes(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib.toFixed(mib < 10 ? 1 : 0)} MiB`;
}

/** The last values of a figure, newest last. */
export function remember(past: readonly number[], value: number, most = 60): number[] {
  return [...past, value].slice(-most);
}

/** A line through values, from the left edge to the right one, in a box of that size. */
export function line(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const low = Math.min(...values);
  const high = Math.max(...values);
  const reach = high - low || 1;
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width;
      const y = high === low ? height / 2 : height - ((value - low) / reach) * height;
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
