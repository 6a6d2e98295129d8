// What is large: a file of 2 GiB over a bad line, a board of 10,000 cases. It measures and tells; what is slow is no failure, what is lost or wrong is.
// Arguments: the program, the repository, node_modules. PODLINNIK_LARGE: `file` or `board` for one of the two.

import { cpus, loadavg } from "node:os";

import { play } from "./journey.mjs";
import { largeBoard } from "./large_board.mjs";
import { largeFile } from "./large_file.mjs";

const PARTS = { file: largeFile, board: largeBoard };

const only = process.env.PODLINNIK_LARGE;
const load = () => console.log(`  load of the machine ${loadavg().map((value) => value.toFixed(1)).join(", ")} on ${cpus().length} processors`);
let well = true;
for (const [name, part] of Object.entries(PARTS).filter(([name]) => !only || only === name)) {
  // A service of its own, which analyses nothing: what is measured is taking in and showing.
  const went = await play(["--no-worker"], async (journey) => {
    load();
    await part(journey);
    load();
  });
  if (!went) console.log(`${name}: failed`);
  well &&= went;
}
process.exitCode = well ? 0 : 1;
