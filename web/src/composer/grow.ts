/** A text box as high as what is written in it. */
export function grow(box: HTMLTextAreaElement, most = Math.min(420, window.innerHeight * 0.4)): void {
  box.style.height = "auto";
  box.style.height = `${Math.min(most, box.scrollHeight)}px`;
  box.style.overflowY = box.scrollHeight > most ? "auto" : "hidden";
}
