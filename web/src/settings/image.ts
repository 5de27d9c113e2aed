/** Pictures that somebody chose, made ready to be sent. */

export const PICTURES = "image/png,image/jpeg,image/gif,image/webp";

/** Moving pictures lose their motion on a canvas. */
const moves = (file: File): boolean => file.type === "image/gif";

export function asDataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(new Error("The file cannot be read.")));
    reader.readAsDataURL(file);
  });
}

/** The part of a picture that fills a frame, from its middle. */
export function cover(
  width: number,
  height: number,
  ratio: number,
): { x: number; y: number; width: number; height: number } {
  if (width / height > ratio) {
    const kept = height * ratio;
    return { x: (width - kept) / 2, y: 0, width: kept, height };
  }
  const kept = width / ratio;
  return { x: 0, y: (height - kept) / 2, width, height: kept };
}

/** A picture as the server takes it: not larger than `most` bytes, cut to a ratio where one is wanted. */
export async function prepare(file: File, most: number, wanted: { width: number; height?: number }): Promise<string> {
  if (!PICTURES.includes(file.type) || !file.type) throw new Error("Choose a PNG, JPEG, GIF or WebP picture.");
  if (moves(file)) {
    if (file.size > most) throw new Error(`The picture is larger than ${Math.floor(most / 1024)} KiB.`);
    return asDataUrl(file);
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("This picture cannot be read.");
  });
  const ratio = wanted.height ? wanted.width / wanted.height : bitmap.width / bitmap.height;
  const from = cover(bitmap.width, bitmap.height, ratio);
  for (let width = Math.min(wanted.width, Math.round(from.width)); ; width = Math.round(width * 0.7)) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, width);
    canvas.height = Math.max(1, Math.round(width / ratio));
    const context = canvas.getContext("2d");
    if (!context) throw new Error("The browser cannot draw pictures.");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, from.x, from.y, from.width, from.height, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob && (blob.size <= most || width < 32)) {
      bitmap.close();
      return asDataUrl(blob);
    }
  }
}

/** Asks for files. */
export function choose(multiple = false): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = PICTURES;
    input.multiple = multiple;
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}
