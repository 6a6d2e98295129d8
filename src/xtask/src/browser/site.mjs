// Somebody else's site on loopback: a clip that comes slowly, one that hardly comes at all, and nothing.

import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const PIECES = 8;
const ENDLESS = 50_000_000;

export class Site {
  /** @param {Buffer} clip what lies at `/clip.mp4` */
  static async start(clip) {
    const site = new Site();
    site.server = createServer((asked, answer) => void site.serve(clip, asked.url, answer));
    site.server.listen(0, "127.0.0.1");
    await once(site.server, "listening");
    site.address = `http://127.0.0.1:${site.server.address().port}`;
    return site;
  }

  async serve(clip, address, answer) {
    const [type, length] = { "/clip.mp4": ["video/mp4", clip.length], "/endless.mp4": ["video/mp4", ENDLESS] }[address] ?? [];
    if (!type) {
      answer.writeHead(404).end();
      return;
    }
    answer.writeHead(200, { "content-type": type, "content-length": length });
    const piece = Math.ceil(clip.length / PIECES);
    for (let sent = 0; sent < length && !answer.destroyed; sent += piece) {
      answer.write(clip.subarray(sent % clip.length, Math.min(sent % clip.length + piece, clip.length)).subarray(0, length - sent));
      await pause(400);
    }
    answer.end();
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
