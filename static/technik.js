// The equipment check: measures the line against our own server, listens to the microphone, shows the camera. Every
// sentence stands in the page; this file only decides which one is shown. Nothing is sent but the measuring itself.
"use strict";

(() => {
  const list = document.getElementById("technik");
  if (!list || !window.fetch || !window.AbortController) return;

  const limits = {
    down: Number(list.dataset.noetig),
    pace: Number(list.dataset.tempo),
    up: Number(list.dataset.hoch),
    latency: Number(list.dataset.weg),
    jitter: Number(list.dataset.schwankung),
  };
  const DOWN_SECONDS = 7;
  const UP_SECONDS = 6;
  const PULSES = 25;
  // Without the session: a measurement is nobody's business, and the server has less to do.
  const silent = { cache: "no-store", credentials: "omit" };
  const result = { line: null, microphone: "", camera: "" };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const item = (id) => document.getElementById(id);
  const number = (n) => Math.round(n).toLocaleString("de-DE");

  function say(root, keys) {
    for (const p of root.querySelectorAll("[data-sagt]")) p.hidden = !keys.includes(p.dataset.sagt);
  }

  function state(root, name, icon) {
    root.className = name;
    const use = root.querySelector(":scope > svg.i use");
    const href = use.getAttribute("href");
    use.setAttribute("href", href.slice(0, href.indexOf("#") + 1) + icon);
  }

  const fine = (root) => state(root, "ok", "circle-check");
  const care = (root) => state(root, "warn", "triangle-alert");

  class Full extends Error {}

  async function ask(url, options, seconds) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    const answer = await fetch(url, { ...silent, ...options, signal: stop.signal });
    if (answer.status === 429 || answer.status === 503) throw new Full();
    if (!answer.ok) throw new Error("status " + answer.status);
    return { answer, end: () => clearTimeout(timer) };
  }

  // Median of the answers' times, and the mean difference of neighbours.
  async function pulses(step) {
    const times = [];
    for (let n = 0; n <= PULSES; n += 1) {
      const start = performance.now();
      const { answer, end } = await ask(list.dataset.puls, {}, 10);
      await answer.arrayBuffer();
      end();
      // The first one may have opened the connection.
      if (n > 0) times.push(performance.now() - start);
      step(n / PULSES);
    }
    let sum = 0;
    for (let n = 1; n < times.length; n += 1) sum += Math.abs(times[n] - times[n - 1]);
    const sorted = [...times].sort((a, b) => a - b);
    return { latency: sorted[Math.floor(sorted.length / 2)], jitter: sum / (times.length - 1) };
  }

  // Bytes of several seconds in one go; the first second is left out, in which a connection grows fast.
  async function down(step) {
    const { answer, end } = await ask(list.dataset.daten + "?sekunden=" + DOWN_SECONDS, {}, DOWN_SECONDS + 8);
    const reader = answer.body.getReader();
    const start = performance.now();
    let bytes = 0;
    let from = 0;
    let skipped = 0;
    let last = start;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      last = performance.now();
      bytes += value.length;
      if (!from && last - start >= 1000) {
        from = last;
        skipped = bytes;
      }
      step((last - start) / (DOWN_SECONDS * 1000));
    }
    end();
    const [counted, ms] = from && last > from ? [bytes - skipped, last - from] : [bytes, last - start];
    return (counted * 8) / Math.max(ms, 1);
  }

  function noise(size) {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
    return bytes;
  }

  // Pieces of about a second each, for several seconds; the first one only tells how large they should be.
  async function up(step) {
    const LARGEST = 4 * 1024 * 1024;
    const bytes = noise(LARGEST);
    const begin = performance.now();
    let size = 128 * 1024;
    let counted = 0;
    let ms = 0;
    let rate = 0;
    while (performance.now() - begin < UP_SECONDS * 1000) {
      const start = performance.now();
      const { answer, end } = await ask(list.dataset.daten, { method: "POST", body: bytes.subarray(0, size) }, 20);
      const arrived = Number(await answer.text());
      end();
      const took = performance.now() - start;
      const first = rate === 0;
      rate = Math.max(arrived, 1) / took;
      if (!first) {
        counted += arrived;
        ms += took;
      }
      size = Math.round(Math.min(LARGEST, Math.max(32 * 1024, rate * 1000)));
      step((performance.now() - begin) / (UP_SECONDS * 1000));
    }
    return ms ? (counted * 8) / ms : rate * 8;
  }

  function show(root, line) {
    // The server goes no faster than its pace: what comes close to it may be any line that is faster.
    const round = (kbit) => Math.floor(Math.min(kbit, limits.pace) / 1000) * 1000;
    const speed = (kbit) => (kbit >= limits.pace * 0.9 ? "mindestens " + number(round(kbit)) : number(kbit)) + " kbit/s";
    const values = {
      down: speed(line.down),
      up: speed(line.up),
      weg: number(line.latency) + " ms",
      schwankung: number(line.jitter) + " ms",
    };
    for (const [key, text] of Object.entries(values)) root.querySelector(`[data-wert="${key}"]`).textContent = text;
    root.querySelector("dl").hidden = false;
    const keys = [];
    if (line.down < limits.down) keys.push("down");
    if (line.up < limits.up) keys.push("up");
    if (line.latency > limits.latency) keys.push("weg");
    if (line.jitter > limits.jitter) keys.push("schwankung");
    say(root, keys.length ? keys : ["gut"]);
    if (keys.length) care(root);
    else fine(root);
    line.good = keys.length === 0;
  }

  async function measureLine(button) {
    const root = item("leitung");
    const bar = root.querySelector("progress");
    const status = root.querySelector("[data-stand]");
    // Half of a measurement says nothing: the old figures stay until the new ones are whole.
    const part = (from, to) => (share) => { bar.value = from + Math.min(share, 1) * (to - from); };
    say(root, []);
    bar.hidden = false;
    try {
      status.textContent = "Wir messen, wie schnell Antworten kommen …";
      const { latency, jitter } = await pulses(part(0, 10));
      status.textContent = "Wir messen den Download …";
      const fast = await down(part(10, 55));
      status.textContent = "Wir messen den Upload …";
      const line = { down: fast, up: await up(part(55, 100)), latency, jitter };
      show(root, line);
      result.line = line;
      status.textContent = "Fertig gemessen.";
    } catch (error) {
      say(root, [error instanceof Full ? "voll" : "fehler"]);
      care(root);
      result.line = null;
      status.textContent = "";
    }
    bar.hidden = true;
    button.textContent = "Noch einmal messen";
  }

  function refused(root, error, key) {
    const missing = error && (error.name === "NotFoundError" || error.name === "OverconstrainedError");
    say(root, [missing ? "keins" : "nein"]);
    result[key] = "nein";
  }

  async function hear(button) {
    const root = item("mikrofon");
    const meter = root.querySelector("meter");
    const status = root.querySelector("[data-stand]");
    say(root, []);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      refused(root, error, "microphone");
      care(root);
      return;
    }
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(stream).connect(analyser);
    await context.resume();
    meter.hidden = false;
    status.textContent = "Sprich einen Satz, zum Beispiel: Guten Tag, was kann ich für dich tun?";
    const samples = new Float32Array(analyser.fftSize);
    let heard = 0;
    for (let round = 0; round < 120 && (heard < 6 || round < 60); round += 1) {
      await pause(50);
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const level = Math.sqrt(sum / samples.length);
      meter.value = Math.min(100, level * 300);
      if (level > 0.01) heard += 1;
    }
    const track = stream.getAudioTracks()[0];
    status.textContent = track && track.label ? "Geprüft: " + track.label : "";
    for (const each of stream.getTracks()) each.stop();
    await context.close();
    meter.hidden = true;
    result.microphone = heard >= 6 ? "ja" : "nein";
    say(root, [heard >= 6 ? "gut" : "leise"]);
    if (heard >= 6) fine(root);
    else care(root);
    button.textContent = "Noch einmal prüfen";
  }

  let picture = null;

  async function look(button) {
    const root = item("kamera");
    const video = root.querySelector("video");
    const status = root.querySelector("[data-stand]");
    if (picture) {
      for (const track of picture.getTracks()) track.stop();
      picture = null;
      video.srcObject = null;
      video.hidden = true;
      button.textContent = "Kamera prüfen";
      return;
    }
    say(root, []);
    try {
      picture = await navigator.mediaDevices.getUserMedia({ video: true });
    } catch (error) {
      // A camera is nobody's condition: no warning.
      refused(root, error, "camera");
      return;
    }
    video.srcObject = picture;
    video.hidden = false;
    const track = picture.getVideoTracks()[0];
    status.textContent = track && track.label ? "Geprüft: " + track.label : "";
    result.camera = "ja";
    say(root, ["gut"]);
    fine(root);
    button.textContent = "Kamera ausschalten";
  }

  function conclude() {
    const root = item("fazit");
    const missing = [...list.querySelectorAll("[data-haken]")].filter((box) => !box.checked);
    const tried = result.line || result.microphone;
    const keys = [];
    if (!tried) keys.push("offen");
    else if (list.querySelector("li.warn")) keys.push("hinweis");
    else keys.push("gut");
    if (missing.length) keys.push("fehlt");
    root.querySelector("[data-fehlt]").textContent = missing.map((box) => box.dataset.haken).join(", ");
    if (missing.length) state(item("haken"), "", "list");
    else fine(item("haken"));
    say(root, keys);
    for (const form of document.querySelectorAll("[data-anhang]")) attach(form);
  }

  function attach(form) {
    const line = result.line;
    form.querySelector("button").disabled = !line;
    if (!line) return;
    const most = (value, limit) => String(Math.min(limit, Math.max(0, Math.round(value))));
    form.elements.down_kbit.value = most(line.down, 10000000);
    form.elements.up_kbit.value = most(line.up, 10000000);
    form.elements.latency_ms.value = most(line.latency, 60000);
    form.elements.jitter_ms.value = most(line.jitter, 60000);
    form.elements.microphone.value = result.microphone;
    form.elements.camera.value = result.camera;
  }

  const acts = { leitung: measureLine, mikrofon: hear, kamera: look };
  const hasDevices = navigator.mediaDevices && navigator.mediaDevices.getUserMedia;
  for (const part of list.querySelectorAll("[data-js]")) {
    const needsDevice = part.closest("#mikrofon, #kamera");
    part.hidden = Boolean(needsDevice && !hasDevices);
  }
  for (const button of list.querySelectorAll("[data-tun]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await acts[button.dataset.tun](button);
      button.disabled = false;
      conclude();
    });
  }
  list.addEventListener("change", conclude);
})();
