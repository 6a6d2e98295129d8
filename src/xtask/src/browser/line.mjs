// A line between a browser and the service that stalls and breaks off when told to.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Line {
  /** @param {string} address of the service */
  static async to(address) {
    const line = new Line(Number(new URL(address).port));
    line.server.listen(0, "127.0.0.1");
    await once(line.server, "listening");
    line.address = `http://localhost:${line.server.address().port}`;
    return line;
  }

  constructor(port) {
    this.port = port;
    /** Bytes that still go up. */
    this.left = Infinity;
    this.stalled = () => {};
    this.ends = new Set();
    // Whoever fails before closing it ends all the same.
    this.server = createServer((near) => this.join(near)).unref();
  }

  /** @param {import("node:net").Socket} near the browser's end */
  join(near) {
    const far = connect(this.port, "127.0.0.1");
    const ends = { near, far };
    this.ends.add(ends);
    far.pipe(near);
    far.on("drain", () => near.resume());
    near.on("data", (bytes) => {
      const passing = bytes.subarray(0, Math.min(bytes.length, this.left));
      this.left -= passing.length;
      if (passing.length > 0 && !far.write(passing)) near.pause();
      if (this.left === 0) this.stalled();
    });
    near.on("end", () => far.end());
    // A service that is not there, or that dies, is a line that breaks off.
    for (const end of [near, far]) end.on("error", () => {});
    far.on("close", () => near.destroy());
    near.on("close", () => {
      far.destroySoon();
      this.ends.delete(ends);
    });
  }

  /** Lets so many bytes up and loses those after them, until the line is cut; answers when they have gone. @param {number} bytes */
  stall(bytes) {
    this.left = bytes;
    return new Promise((done) => (this.stalled = done));
  }

  /** Breaks every connection off; what passed arrives. New ones are as good as ever. */
  cut() {
    for (const { near } of this.ends) near.destroy();
    this.left = Infinity;
  }

  close() {
    this.cut();
    this.server.close();
  }
}
