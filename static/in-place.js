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

// The message stands at the top of the page, which may be out of sight.
document.addEventListener("htmx:after:swap", () => document.body.classList.add("in-place"));

document.addEventListener("htmx:error", () => {
  document.querySelector("main > .flash")?.remove();
  const words = document.getElementById("unanswered")?.content.cloneNode(true);
  if (words) document.getElementById("inhalt").prepend(words);
  document.body.classList.add("in-place");
});
