// Speeds for recordings, and a length where the file itself does not tell one. Without it the native player does.
"use strict";

for (const player of document.querySelectorAll("[data-player]")) {
  const media = player.querySelector("video, audio");
  const buttons = player.querySelectorAll("[data-speed]");
  player.querySelector("[data-speeds]").hidden = false;
  for (const button of buttons) {
    button.addEventListener("click", () => {
      media.playbackRate = Number(button.dataset.speed);
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
  // Some recorders write no length; a jump beyond the end makes the browser find it out.
  media.addEventListener(
    "loadedmetadata",
    () => {
      if (Number.isFinite(media.duration)) return;
      media.addEventListener("durationchange", () => Number.isFinite(media.duration) && (media.currentTime = 0));
      media.currentTime = 1e7;
    },
    { once: true },
  );
}
