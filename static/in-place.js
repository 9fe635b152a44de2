// Forms that htmx sends change the page where it is: what was scrolled to stays in sight. Without it they are plain forms.
"use strict";

// An answer that is another page, the sign-in perhaps, is opened as such.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (raw.redirected && new URL(raw.url).pathname !== location.pathname) {
    event.preventDefault();
    location.assign(raw.url);
  }
});

// The message stands at the top of the page, which may be out of sight. For half a second the page is fresh: the second
// click of a double click may meet a button that has just come under it, and is not meant.
document.addEventListener("htmx:after:swap", () => {
  document.body.classList.add("in-place");
  document.body.dataset.fresh = "";
  setTimeout(() => delete document.body.dataset.fresh, 500);
});
document.addEventListener("submit", (event) => {
  if (!("fresh" in document.body.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("htmx:error", () => {
  document.querySelector("main > .flash")?.remove();
  const words = document.getElementById("unanswered")?.content.cloneNode(true);
  if (words) document.getElementById("inhalt").prepend(words);
  document.body.classList.add("in-place");
});
