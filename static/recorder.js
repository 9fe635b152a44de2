// Records video or audio in the page: devices, preview, pause, a limit of time. Knows nothing of the page around it.
"use strict";

(() => {
  // VP8 before VP9: half the work for an old computer. MP4 where nothing else is made (Safari).
  const TYPES = {
    video: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
    audio: ["audio/webm;codecs=opus", "audio/webm", "audio/ogg;codecs=opus", "audio/mp4"],
  };

  class Recorder {
    // `on.tick(seconds)` twice a second, `on.done(blob, milliseconds)` at the end.
    constructor(seconds, on) {
      this.limit = seconds * 1000;
      this.on = on;
    }

    static isPossible() {
      return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.MediaRecorder);
    }

    // Switches camera and microphone on; `devices` may name which.
    async open(kind, devices) {
      this.close();
      this.kind = kind;
      const of = (id) => (id ? { deviceId: { exact: id } } : {});
      const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user", ...of(devices.camera) };
      const wanted = { audio: of(devices.microphone), video: kind === "video" ? picture : false };
      this.stream = await navigator.mediaDevices.getUserMedia(wanted);
      return this.stream;
    }

    close() {
      for (const track of this.stream ? this.stream.getTracks() : []) track.stop();
      this.stream = null;
    }

    start() {
      const pieces = [];
      const type = TYPES[this.kind].find((type) => MediaRecorder.isTypeSupported(type));
      const options = { mimeType: type, videoBitsPerSecond: 1500000, audioBitsPerSecond: 96000 };
      this.recorder = new MediaRecorder(this.stream, options);
      this.before = 0;
      this.since = performance.now();
      this.recorder.ondataavailable = (event) => event.data.size && pieces.push(event.data);
      this.recorder.onstop = async () => {
        clearInterval(this.clock);
        const milliseconds = Math.round(this.before);
        const whole = new Blob(pieces, { type: this.recorder.mimeType.split(";")[0] });
        this.close();
        // A recorder does not know the length when it writes the head: without it nobody could seek.
        const isWebm = whole.type.endsWith("/webm") && window.ysFixWebmDuration;
        const fixed = isWebm ? await window.ysFixWebmDuration(whole, milliseconds, { logger: false }) : whole;
        this.on.done(fixed, milliseconds);
      };
      this.recorder.start(1000);
      this.clock = setInterval(() => this.tick(), 500);
    }

    elapsed() {
      return this.before + (this.since === null ? 0 : performance.now() - this.since);
    }

    tick() {
      this.on.tick(Math.floor(this.elapsed() / 1000));
      if (this.elapsed() >= this.limit) this.stop();
    }

    pause() {
      this.before = this.elapsed();
      this.since = null;
      this.recorder.pause();
    }

    resume() {
      this.since = performance.now();
      this.recorder.resume();
    }

    stop() {
      if (this.recorder.state === "inactive") return;
      this.before = this.elapsed();
      this.since = null;
      this.recorder.stop();
    }
  }

  window.PortalRecorder = Recorder;
})();
