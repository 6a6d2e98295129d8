"""The lookups of `lookup.rs` with faiss (wheel `faiss-cpu`), one thread: JSON lines as `lookup.rs` prints them.

    lookup_faiss.py FILE [MULTIHASH_ROWS]

FILE and FILE.queries were written by `lookup --write FILE`. `IndexBinaryMultiHash` keeps its buckets in hash maps, several times the size
of the hashes, so it gets the first MULTIHASH_ROWS (default 1,000,000) only; 0 leaves it out. With the pieces and flips given here it looks
where our index looks for distance 31: eight pieces, up to 3 bits away each.
"""

import json
import resource
import sys
import time

import faiss
import numpy as np

RADIUS = 31


def ask(what, index, rows, queries, built_s):
    wall, matches = [], 0
    for query in queries:
        start = time.perf_counter()
        limits, _, _ = index.range_search(query[None, :], RADIUS + 1)  # faiss: strictly less
        wall.append((time.perf_counter() - start) * 1e3)
        matches += int(limits[-1])
    wall.sort()
    print(json.dumps({
        "what": what, "hashes": rows, "queries": len(wall), "p50_ms": round(wall[len(wall) // 2], 3),
        "p99_ms": round(wall[int(len(wall) * 0.99)], 3), "matches": matches, "built_s": round(built_s, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
    }), flush=True)


def main():
    faiss.omp_set_num_threads(1)
    path = sys.argv[1]
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    hashes = np.fromfile(path, np.uint8).reshape(-1, 32)
    queries = np.fromfile(path + ".queries", np.uint8).reshape(-1, 32)
    start = time.perf_counter()
    flat = faiss.IndexBinaryFlat(256)
    flat.add(hashes)
    ask("faiss IndexBinaryFlat", flat, len(hashes), queries[:60], time.perf_counter() - start)
    del flat
    if most:
        part = hashes[-most:]
        start = time.perf_counter()
        multi = faiss.IndexBinaryMultiHash(256, 8, 20)
        multi.nflip = 3
        multi.add(part)
        ask("faiss IndexBinaryMultiHash", multi, len(part), queries[:200], time.perf_counter() - start)


main()
