/** What a picture looks like until it is here: a ThumbHash, some thirty bytes, as pixels. */

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue, alpha; row by row. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Longer side of what is made. */
const SIDE = 32;

function bytesOf(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

/** One channel: its mean, and how strongly each wave swings. */
interface Waves {
  mean: number;
  swings: { x: number; y: number; by: number }[];
}

const at = (waves: Waves, across: readonly number[][], down: readonly number[][], x: number, y: number): number => {
  let value = waves.mean;
  for (const swing of waves.swings) value += swing.by * (across[swing.x]?.[x] ?? 0) * (down[swing.y]?.[y] ?? 0) * 2;
  return value;
};

/** Cosines of the waves over the pixels of one side. */
const cosines = (pixels: number): number[][] =>
  Array.from({ length: 8 }, (_, wave) =>
    Array.from({ length: pixels }, (_, pixel) => Math.cos((Math.PI / pixels) * (pixel + 0.5) * wave)),
  );

export function blur(text: string): Pixels | null {
  const bytes = bytesOf(text);
  if (!bytes || bytes.length < 6) return null;
  const byte = (index: number): number => bytes[index] ?? 0;
  const first = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const second = byte(3) | (byte(4) << 8);
  const alpha = first >> 23 !== 0;
  const wide = second >> 15 !== 0;
  const most = alpha ? 5 : 7;
  const fewer = second & 7;
  const columns = Math.max(3, wide ? most : fewer);
  const rows = Math.max(3, wide ? fewer : most);
  const opacity = alpha ? { mean: (byte(5) & 15) / 15, swing: (byte(5) >> 4) / 15 } : null;
  let nibble = (alpha ? 6 : 5) * 2;
  const read = (mean: number, swing: number, nx: number, ny: number): Waves => {
    const swings: Waves["swings"] = [];
    for (let y = 0; y < ny; y += 1) {
      for (let x = y === 0 ? 1 : 0; x * ny < nx * (ny - y); x += 1) {
        const four = (byte(nibble >> 1) >> ((nibble & 1) << 2)) & 15;
        swings.push({ x, y, by: (four / 7.5 - 1) * swing });
        nibble += 1;
      }
    }
    return { mean, swings };
  };
  const light = read((first & 63) / 63, ((first >> 18) & 31) / 31, columns, rows);
  const yellowBlue = read(((first >> 6) & 63) / 31.5 - 1, (((second >> 3) & 63) / 63) * 1.25, 3, 3);
  const redGreen = read(((first >> 12) & 63) / 31.5 - 1, (((second >> 9) & 63) / 63) * 1.25, 3, 3);
  const solid = opacity ? read(opacity.mean, opacity.swing, 5, 5) : null;

  const ratio = (wide ? most : fewer) / (wide ? fewer || 1 : most);
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const across = cosines(width);
  const down = cosines(height);
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 4) {
      const l = at(light, across, down, x, y);
      const p = at(yellowBlue, across, down, x, y);
      const q = at(redGreen, across, down, x, y);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      rgba[to] = red * 255;
      rgba[to + 1] = (red - q) * 255;
      rgba[to + 2] = blue * 255;
      rgba[to + 3] = solid ? at(solid, across, down, x, y) * 255 : 255;
    }
  }
  return { width, height, rgba };
}
