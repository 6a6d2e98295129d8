#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table and its progress"
)]
//! How long a lookup takes among millions of hashes, side by side with a scan; the same hashes can be written down for `lookup_faiss.py`.
//!
//! ```text
//! cargo run --release -p podlinnik-similarity --example lookup -- [--hashes 10000000] [--queries 1000] [--write FILE]
//! python src/similarity/examples/lookup_faiss.py FILE
//! ```
//! Half of the hashes stand alone, half in groups of eight a few bits apart, as the frames of a shot do. Half of the queries are stored
//! hashes with up to 31 bits turned, half are like nothing stored. One thread. Output: JSON lines.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::time::Instant;

use podlinnik_similarity::hamming::HammingIndex;

/// Widest distance looked up.
const RADIUS: u32 = 31;

/// Numbers that are the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn hash(&mut self) -> [u64; 4] {
        [self.next(), self.next(), self.next(), self.next()]
    }

    /// The hash with at most `bits` bits turned.
    fn near(&mut self, mut hash: [u64; 4], bits: u64) -> [u64; 4] {
        for _ in 0..self.next() % (bits + 1) {
            let bit = self.next() % 256;
            hash[(bit / 64) as usize] ^= 1 << (bit % 64);
        }
        hash
    }
}

/// Resident set in bytes; 0 where there is no `/proc`.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// Milliseconds this thread has been on a core; 0 where there is no `/proc`.
fn processor_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

fn summary(what: &str, count: usize, mut wall: Vec<f64>, mut processor: Vec<f64>, more: &str) {
    wall.sort_by(f64::total_cmp);
    processor.sort_by(f64::total_cmp);
    let at = |values: &[f64], share: f64| {
        values.get((values.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN)
    };
    println!(
        "{{\"what\":\"{what}\",\"hashes\":{count},\"queries\":{},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"p99_processor_ms\":{:.3}{more}}}",
        wall.len(),
        at(&wall, 0.5),
        at(&wall, 0.99),
        at(&processor, 0.99),
    );
}

fn timed<T>(queries: &[[u64; 4]], mut ask: impl FnMut(&[u64; 4]) -> T) -> (Vec<f64>, Vec<f64>, Vec<T>) {
    let (mut wall, mut processor, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for query in queries {
        let (start, used) = (Instant::now(), processor_ms());
        answers.push(black_box(ask(query)));
        processor.push(processor_ms() - used);
        wall.push(start.elapsed().as_secs_f64() * 1e3);
    }
    (wall, processor, answers)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option =
        |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    let count: usize = option("--hashes").map_or(Ok(10_000_000), |text| text.parse())?;
    let query_count: usize = option("--queries").map_or(Ok(1000), |text| text.parse())?;
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut index = HammingIndex::new();
    let before = resident();
    let start = Instant::now();
    let mut file = option("--write").map(File::create).transpose()?.map(BufWriter::new);
    let mut centre = [0; 4];
    let mut failed = None;
    index.extend((0..count).map(|number| {
        let hash = if number < count / 2 {
            numbers.hash()
        } else {
            if number % 8 == 0 {
                centre = numbers.hash();
            }
            numbers.near(centre, 12)
        };
        if let Some(file) = &mut file {
            failed =
                hash.iter().try_for_each(|word| file.write_all(&word.to_le_bytes())).err().or(failed.take());
        }
        hash
    }));
    if let Some(error) = failed {
        return Err(error.into());
    }
    index.make_tables();
    let built_s = start.elapsed().as_secs_f64();
    eprintln!("built in {built_s:.1} s");
    let queries: Vec<[u64; 4]> = (0..query_count)
        .map(|number| {
            let row = (numbers.next() % count as u64) as u32;
            match index.hash(row) {
                Some(hash) if number % 2 == 0 => {
                    let hash = *hash;
                    numbers.near(hash, u64::from(RADIUS))
                }
                _ => numbers.hash(),
            }
        })
        .collect();
    let (wall, processor, found) = timed(&queries, |query| index.search(query, RADIUS));
    let matches: usize = found.iter().map(Vec::len).sum();
    let resident_mb = (resident() - before) as f64 / 1e6;
    let more = format!(
        ",\"resident_mb\":{resident_mb:.1},\"held_mb\":{:.1},\"built_s\":{built_s:.1},\"matches\":{matches}",
        index.bytes() as f64 / 1e6
    );
    summary("podlinnik index", count, wall, processor, &more);
    // A scan of everything for a part of the queries: the brute force, and the proof that nothing was missed.
    let part = &queries[..query_count.min(60)];
    let (wall, processor, scanned) = timed(part, |query| {
        let mut near = Vec::new();
        index.scan(&[*query], RADIUS, |hit| near.push(hit));
        near.sort_unstable();
        near
    });
    let missed = scanned.iter().zip(&found).filter(|(all, some)| all != some).count();
    summary("scan", count, wall, processor, &format!(",\"answers_that_differ\":{missed}"));
    if let Some(path) = option("--write") {
        let bytes: Vec<u8> = queries.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        std::fs::write(format!("{path}.queries"), bytes)?;
    }
    if missed > 0 { Err("the index and the scan differ".into()) } else { Ok(()) }
}
