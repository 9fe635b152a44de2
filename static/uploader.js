// Sends a recording in pieces (tus) and keeps it in this browser until it has arrived: a lost connection, a closed tab or
// a restart of the server costs nothing.
"use strict";

(() => {
  const PIECE = 5 * 1024 * 1024;
  // Together about two minutes; progress starts them anew.
  const RETRIES = [0, 1000, 2000, 4000, 8000, 15000, 30000, 60000];

  // One recording per application, in IndexedDB; where there is none (private windows), only the tab keeps it.
  const kept = {
    run(mode, action) {
      return new Promise((resolve) => {
        const opening = indexedDB.open("vorstellung", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("aufnahme");
        opening.onerror = () => resolve(undefined);
        opening.onsuccess = () => {
          const change = opening.result.transaction("aufnahme", mode);
          const request = action(change.objectStore("aufnahme"));
          change.oncomplete = () => resolve(request.result);
          change.onerror = change.onabort = () => resolve(undefined);
        };
      }).catch(() => undefined);
    },
    get: (key) => kept.run("readonly", (store) => store.get(key)),
    put: (key, recording) => kept.run("readwrite", (store) => store.put(recording, key)),
    remove: (key) => kept.run("readwrite", (store) => store.delete(key)),
  };

  class Uploader {
    // `on.progress(sent, total, seconds left or null)`, `on.done()`, `on.trouble(sentence, can go on)`
    constructor(endpoint, on) {
      this.endpoint = endpoint;
      this.on = on;
      // The line is back: go on without being asked.
      addEventListener("online", () => this.waiting && this.resume());
    }

    // What an earlier visit left: `{ file, name, length, url }`
    left() {
      return kept.get(this.endpoint);
    }

    async keep(recording) {
      this.recording = recording;
      await kept.put(this.endpoint, recording);
    }

    async forget() {
      this.recording = null;
      await kept.remove(this.endpoint);
    }

    async send(recording) {
      await this.keep(recording);
      this.resume();
    }

    resume() {
      const { file, name, length, url } = this.recording;
      this.waiting = false;
      this.first = null;
      this.upload = new tus.Upload(file, {
        endpoint: this.endpoint,
        uploadUrl: url || null,
        chunkSize: PIECE,
        retryDelays: RETRIES,
        storeFingerprintForResuming: false,
        metadata: { filename: name, ...(length ? { length_ms: String(length) } : {}) },
        onUploadUrlAvailable: () => this.keep({ ...this.recording, url: this.upload.url }),
        onProgress: (sent, total) => this.on.progress(sent, total, this.left_seconds(sent, total)),
        onSuccess: async () => {
          await this.forget();
          this.on.done();
        },
        onError: (error) => this.failed(error),
      });
      this.upload.start();
    }

    left_seconds(sent, total) {
      const now = performance.now();
      this.first = this.first || { sent, now };
      const rate = (sent - this.first.sent) / (now - this.first.now);
      return rate > 0 && now - this.first.now > 1000 ? Math.ceil((total - sent) / rate / 1000) : null;
    }

    async failed(error) {
      const response = error.originalResponse;
      const status = response ? response.getStatus() : 0;
      if (status === 422) {
        await this.forget();
        return this.on.trouble(response.getBody(), false);
      }
      if (status === 413) {
        await this.forget();
        return this.on.trouble("Die Datei ist zu groß. Bitte wähle eine kürzere Aufnahme.", false);
      }
      if (status === 401 || status === 403) {
        return this.on.trouble("Du bist nicht mehr angemeldet. Öffne deinen Link noch einmal, dann geht es weiter.", true);
      }
      this.waiting = true;
      this.on.trouble("Die Verbindung ist unterbrochen. Was schon da ist, bleibt da.", true);
    }

    async cancel() {
      const upload = this.upload;
      this.waiting = false;
      await this.forget();
      if (upload) await upload.abort(true).catch(() => undefined);
    }
  }

  window.PortalUploader = Uploader;
})();
