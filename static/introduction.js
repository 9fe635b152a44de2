// The page of the introduction: shows one way at a time, and ties recorder and uploader to its buttons.
"use strict";

(() => {
  const root = document.querySelector("[data-introduction]");
  if (!root || !window.tus || !window.PortalRecorder) return;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const show = (element, visible) => (element.hidden = !visible);
  const seconds = Number(root.dataset.seconds);
  const clock = (s) => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  const megabytes = (bytes) => (bytes / 1048576).toLocaleString("de-DE", { maximumFractionDigits: bytes < 10485760 ? 1 : 0 });
  const preview = part("preview");
  let way = "video";
  let recorded = null;

  // Steps of the recorder, and what is seen in each.
  const STEPS = {
    closed: ["open"],
    ready: ["start"],
    running: ["stop", "pause"],
    paused: ["stop", "resume"],
    done: ["send", "again"],
    away: [],
  };
  const IDLE = { video: "Hier siehst du dich gleich selbst.", audio: "Nur deine Stimme, kein Bild.", on: "Das Mikrofon ist an." };
  function step(name) {
    for (const button of part("recorder").querySelectorAll("[data-do]")) show(button, STEPS[name].includes(button.dataset.do));
    show(part("running"), name === "running" || name === "paused");
    part("state").textContent = name === "paused" ? "Pause" : "Aufnahme läuft";
    show(part("time"), name === "running" || name === "paused");
    show(part("devices"), name === "ready");
    // A voice has no picture: what it shows is the player of the recording.
    const is_on = name === "ready" || name === "running" || name === "paused";
    show(preview, name === "done" || (is_on && way === "video"));
    part("idle").querySelector("span").textContent = IDLE[is_on ? "on" : way];
    show(part("idle"), preview.hidden);
    preview.controls = name === "done";
    preview.muted = name !== "done";
    part("stage").dataset.kind = way;
  }

  function trouble(sentence) {
    part("trouble").textContent = sentence;
    show(part("trouble"), Boolean(sentence));
  }

  const recorder = new PortalRecorder(seconds, {
    tick: (now) => (part("time").textContent = `${clock(now)} von ${clock(seconds)}`),
    done: (blob, length) => {
      const ending = { "video/webm": "webm", "audio/webm": "webm", "video/mp4": "mp4", "audio/mp4": "m4a" }[blob.type] || "ogg";
      offer({ file: blob, name: `vorstellung.${ending}`, length, url: null });
      uploader.keep(recorded);
    },
  });

  // Where an introduction is there already, the ways to replace it are folded away.
  function unfold() {
    const fold = root.closest("details");
    if (fold) fold.open = true;
  }

  // A recording that is there, to be looked at before it goes.
  function offer(recording) {
    recorded = recording;
    unfold();
    preview.srcObject = null;
    preview.src = URL.createObjectURL(recording.file);
    step("done");
  }

  const uploader = new PortalUploader(root.dataset.endpoint, {
    progress(sent, total, left) {
      const percent = Math.floor((sent / total) * 100);
      part("bytes").textContent = `${percent} % · ${megabytes(sent)} von ${megabytes(total)} MB`;
      root.querySelector("progress").value = percent;
      const minutes = left === null ? 0 : Math.round(left / 60);
      const time = left === null ? "" : left < 90 ? `Noch etwa ${left} Sekunden. ` : `Noch etwa ${minutes} Minuten. `;
      part("left").textContent = `${time}Bricht die Verbindung ab, geht es später an derselben Stelle weiter.`;
    },
    done: () => location.assign(location.pathname),
    trouble(sentence, can_go_on) {
      show(root.querySelector("[data-do=retry]"), can_go_on);
      if (can_go_on) {
        part("left").textContent = sentence;
        return;
      }
      uploading(false);
      trouble(sentence);
      step("closed");
    },
  });

  function uploading(yes) {
    if (yes) unfold();
    show(part("progress"), yes);
    show(part("ways"), !yes);
    show(part("recorder"), !yes && way !== "text" && PortalRecorder.isPossible());
    show(part("file"), !yes && way !== "text");
    show(part("text"), !yes && way === "text");
  }

  async function send(recording) {
    trouble("");
    recorder.close();
    part("name").textContent = `${recording.name} wird hochgeladen`;
    show(root.querySelector("[data-do=retry]"), false);
    uploading(true);
    await uploader.send(recording);
  }

  async function open() {
    trouble("");
    const chosen = { camera: root.querySelector("#camera").value, microphone: root.querySelector("#microphone").value };
    try {
      preview.srcObject = await recorder.open(way, chosen);
    } catch (error) {
      const missing = error.name === "NotFoundError" ? "Wir finden keine Kamera oder kein Mikrofon." : "Kamera und Mikrofon sind nicht freigegeben.";
      trouble(`${missing} Erlaube sie im Browser, nimm nur Ton auf, wähle eine Datei oder schreib uns.`);
      return;
    }
    await preview.play().catch(() => undefined);
    await list();
    step("ready");
  }

  async function list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [id, kind] of [["camera", "videoinput"], ["microphone", "audioinput"]]) {
      const select = root.querySelector(`#${id}`);
      const track = recorder.stream.getTracks().find((track) => track.kind === kind.slice(0, 5));
      const now = track ? track.getSettings().deviceId : "";
      const found = devices.filter((device) => device.kind === kind);
      select.replaceChildren(...found.map((device, n) => new Option(device.label || `Gerät ${n + 1}`, device.deviceId, false, device.deviceId === now)));
      select.onchange = open;
    }
    show(part("cameras"), way === "video");
  }

  function choose(next) {
    way = next;
    recorder.close();
    preview.srcObject = null;
    const label = way === "video" ? "Kamera und Mikrofon einschalten" : "Mikrofon einschalten";
    root.querySelector("[data-open-label]").textContent = label;
    for (const drawing of root.querySelectorAll("[data-do=open] use, [data-idle] use")) {
      drawing.setAttribute("href", drawing.getAttribute("href").replace(/#.*/, way === "video" ? "#video" : "#mic"));
    }
    uploading(false);
    step(recorded && way !== "text" ? "done" : "closed");
    if (recorded && way !== "text") offer(recorded);
  }

  const ACTIONS = {
    open,
    start: () => (recorder.start(), recorder.tick(), step("running")),
    pause: () => (recorder.pause(), step("paused")),
    resume: () => (recorder.resume(), step("running")),
    stop: () => recorder.stop(),
    send: () => send(recorded),
    again: async () => ((recorded = null), preview.removeAttribute("src"), await uploader.forget(), open()),
    retry: () => (show(root.querySelector("[data-do=retry]"), false), uploader.resume()),
    cancel: async () => ((recorded = null), preview.removeAttribute("src"), await uploader.cancel(), choose(way)),
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) ACTIONS[button.dataset.do]();
  });
  for (const radio of root.querySelectorAll("[name=way]")) radio.addEventListener("change", () => choose(radio.value));

  // How long a chosen file is, if this browser can tell.
  function measure(file) {
    return new Promise((resolve) => {
      const player = document.createElement("video");
      const done = () => resolve(Number.isFinite(player.duration) ? Math.round(player.duration * 1000) : null);
      player.onloadedmetadata = player.onerror = done;
      setTimeout(done, 3000);
      player.src = URL.createObjectURL(file);
    });
  }

  part("file").querySelector("form").addEventListener("submit", async (event) => {
    // The form itself is for browsers without JavaScript.
    event.preventDefault();
    event.stopPropagation();
    const file = event.target.querySelector("[type=file]").files[0];
    if (!file) return trouble("Bitte wähle zuerst eine Datei.");
    if (file.size === 0) return trouble("Die Datei ist leer. Bitte wähle eine andere.");
    if (file.size > Number(root.dataset.bytes)) return trouble(`Die Datei ist größer als ${root.dataset.largest}. Bitte wähle eine kürzere Aufnahme.`);
    send({ file, name: file.name, length: await measure(file), url: null });
  });

  choose(root.querySelector("[name=way]:checked").value);
  uploader.left().then((recording) => {
    if (!recording) return;
    if (recording.url) send(recording);
    else if (way !== "text") offer(recording);
  });
})();
