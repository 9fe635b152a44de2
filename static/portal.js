// Small comforts. Every page works without them.
"use strict";

// A form that was sent is not sent again by a second, impatient press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post") return;
  form.dataset.sent = "1";
  const button = event.submitter;
  // Only after the form's data was read: a disabled button would not be sent. By then it may have failed already.
  setTimeout(() => {
    if (form.dataset.sent) button?.setAttribute("aria-busy", "true");
  }, 0);
});

// Coming back by the browser's button, or an answer that came without leaving the page, finds a form that can be sent again.
const free = () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
};
addEventListener("pageshow", free);
document.addEventListener("htmx:finally:request", free);

// What goes on by itself on the server is looked at again every few seconds, until it is done.
const renew = async (section) => {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById(section.id);
    if (next) section.replaceWith(next);
    if (next && !("renewing" in next.dataset)) return;
    section = next ?? section;
  }
  setTimeout(renew, 3000, section);
};
for (const section of document.querySelectorAll("[data-renewing]")) setTimeout(renew, 3000, section);
