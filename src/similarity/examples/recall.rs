#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table and its progress"
)]
//! Recall and false matches over transformed excerpts of real clips.
//!
//! ```text
//! cargo run --release -p podlinnik-similarity --example recall -- CLIPS WORK [--stills DIR] [--sources N] [--dense-seconds S]
//! cargo run --release -p podlinnik-similarity --example recall -- --table WORK
//! ```
//! Every clip under CLIPS goes into the archive at two frames a second; of those that no excerpt is taken from, also all frames of the first S
//! seconds (3; 0 for none) as distractors, and the JPEG files of DIR as stills. Of N clips a stretch of 5 s is taken, changed, encoded with H.264, decoded and
//! looked up. WORK keeps signatures and one line per lookup, so that a run that was broken off goes on. Needs `ffmpeg`, `ffprobe`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use podlinnik_similarity::archive::{ArchiveIndex, Candidate, Strength};
use podlinnik_similarity::picture::Picture;
use podlinnik_similarity::signature::{BuildOptions, MediaSignature, SignatureBuilder};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LENGTH_S: f64 = 5.0;
/// Ids of dense distractors and of stills.
const DENSE: u64 = 1_000_000;
const STILLS: u64 = 2_000_000;

/// Name, video filter, audio filter, quality of the encoder, speed, rounds of encoding.
struct Change(&'static str, &'static str, &'static str, u32, f64, u32);

const CAPTION: &str = "drawbox=0:ih*0.82:iw:ih*0.18:black@0.85:fill,drawbox=iw*0.1:ih*0.86:iw*0.7:ih*0.03:white:fill,drawbox=iw*0.1:ih*0.92:iw*0.5:ih*0.03:white:fill";
const TEXT: &str = "drawbox=iw*0.15:ih*0.84:iw*0.25:ih*0.04:white:fill,drawbox=iw*0.43:ih*0.84:iw*0.35:ih*0.04:white:fill,drawbox=iw*0.25:ih*0.91:iw*0.45:ih*0.04:yellow:fill";
const LOGO: &str =
    "drawbox=iw*0.8:ih*0.05:iw*0.15:ih*0.1:red@0.9:fill,drawbox=iw*0.82:ih*0.075:iw*0.11:ih*0.05:white:fill";
const EMOJI: &str = "drawbox=iw*0.08:ih*0.1:iw*0.18:iw*0.18:yellow:fill,drawbox=iw*0.12:ih*0.1+iw*0.05:iw*0.03:iw*0.03:black:fill,drawbox=iw*0.19:ih*0.1+iw*0.05:iw*0.03:iw*0.03:black:fill,drawbox=iw*0.12:ih*0.1+iw*0.12:iw*0.1:iw*0.02:black:fill";
const LETTERBOX: &str = "pad=iw:ih*1.34:0:(oh-ih)/2:black";
const PILLARBOX: &str = "pad=iw*1.6:ih:(ow-iw)/2:0:black";
const BLURRED_BARS: &str =
    "split[a][b];[a]scale=iw*1.8:ih*1.8,boxblur=12:2,crop=iw:ih/1.8[c];[c][b]overlay=(W-w)/2:(H-h)/2";
const INSET: &str =
    "split[a][b];[a]hflip,boxblur=20:3,negate[c];[b]scale=iw*0.5:ih*0.5[d];[c][d]overlay=W*0.4:H*0.1";

fn changes() -> Vec<(String, Change)> {
    let list = [
        Change("H.264 crf 23", "null", "anull", 23, 1.0, 1),
        Change("H.264 crf 30", "null", "anull", 30, 1.0, 1),
        Change("H.264 crf 36", "null", "anull", 36, 1.0, 1),
        Change("encoded three times", "null", "anull", 30, 1.0, 3),
        Change("half size", "scale=iw/2:ih/2", "anull", 26, 1.0, 1),
        Change("128 pixels wide", "scale=128:-2", "anull", 26, 1.0, 1),
        Change("stretched by 4:3", "scale=iw*1.33:ih", "anull", 26, 1.0, 1),
        Change("cropped 5 %", "crop=iw*0.95:ih*0.95", "anull", 26, 1.0, 1),
        Change("cropped 10 %", "crop=iw*0.9:ih*0.9", "anull", 26, 1.0, 1),
        Change("cropped 20 %", "crop=iw*0.8:ih*0.8", "anull", 26, 1.0, 1),
        Change("cropped 30 %", "crop=iw*0.7:ih*0.7", "anull", 26, 1.0, 1),
        Change("letterbox", LETTERBOX, "anull", 26, 1.0, 1),
        Change("pillarbox", PILLARBOX, "anull", 26, 1.0, 1),
        Change("blurred bars", BLURRED_BARS, "anull", 26, 1.0, 1),
        Change("white border", "pad=iw*1.12:ih*1.12:(ow-iw)/2:(oh-ih)/2:white", "anull", 26, 1.0, 1),
        Change("mirrored", "hflip", "anull", 26, 1.0, 1),
        Change("caption bar", CAPTION, "anull", 26, 1.0, 1),
        Change("caption text", TEXT, "anull", 26, 1.0, 1),
        Change("logo", LOGO, "anull", 26, 1.0, 1),
        Change("emoji", EMOJI, "anull", 26, 1.0, 1),
        Change("10 % faster", "setpts=PTS/1.1", "atempo=1.1", 26, 1.1, 1),
        Change("10 % slower", "setpts=PTS/0.9", "atempo=0.9", 26, 0.9, 1),
        Change("brighter", "eq=brightness=0.15", "anull", 26, 1.0, 1),
        Change("darker", "eq=brightness=-0.15", "anull", 26, 1.0, 1),
        Change("more contrast", "eq=contrast=1.5", "anull", 26, 1.0, 1),
        Change("more colour", "eq=saturation=2", "anull", 26, 1.0, 1),
        Change("gamma 1.6", "eq=gamma=1.6", "anull", 26, 1.0, 1),
        Change("grey", "hue=s=0", "anull", 26, 1.0, 1),
        Change("blurred", "gblur=sigma=3", "anull", 26, 1.0, 1),
        Change("noise", "noise=alls=30:allf=t", "anull", 26, 1.0, 1),
        Change("sharpened", "unsharp=7:7:2", "anull", 26, 1.0, 1),
        Change("10 frames a second", "fps=10", "anull", 26, 1.0, 1),
        Change("faded in and out", "fade=in:st=0:d=1,fade=out:st=4:d=1", "anull", 26, 1.0, 1),
        Change("turned by 2 degrees", "rotate=0.035", "anull", 26, 1.0, 1),
        Change("inset at half size", INSET, "anull", 26, 1.0, 1),
        Change("sound replaced", "null", "aeval=0.3*sin(880*t)|0.3*sin(880*t):c=same", 26, 1.0, 1),
        Change("picture replaced", "geq=lum=128+100*sin(X/9+N/5):cb=128:cr=128", "anull", 26, 1.0, 1),
    ];
    let mut all: Vec<(String, Change)> =
        list.into_iter().map(|change| (change.0.to_owned(), change)).collect();
    let pairs = [
        ("mirrored, caption bar", format!("hflip,{CAPTION}"), 1.0, 26),
        ("mirrored, letterbox", format!("hflip,{LETTERBOX}"), 1.0, 26),
        ("letterbox, logo", format!("{LOGO},{LETTERBOX}"), 1.0, 26),
        ("blurred bars, caption text", format!("{BLURRED_BARS},{TEXT}"), 1.0, 26),
        ("128 pixels wide, crf 34", "scale=128:-2".to_owned(), 1.0, 34),
        ("grey, crf 36", "hue=s=0".to_owned(), 1.0, 36),
        ("darker, crf 36", "eq=brightness=-0.15".to_owned(), 1.0, 36),
        ("cropped 5 %, logo", format!("crop=iw*0.95:ih*0.95,{LOGO}"), 1.0, 26),
        ("10 % faster, caption text", format!("setpts=PTS/1.1,{TEXT}"), 1.1, 26),
        ("more contrast, noise", "eq=contrast=1.5,noise=alls=30:allf=t".to_owned(), 1.0, 26),
        ("white border, mirrored", "hflip,pad=iw*1.12:ih*1.12:(ow-iw)/2:(oh-ih)/2:white".to_owned(), 1.0, 26),
        ("half size, emoji", format!("{EMOJI},scale=iw/2:ih/2"), 1.0, 26),
    ];
    for (name, filter, speed, quality) in pairs {
        let audio = if speed > 1.0 { "atempo=1.1" } else { "anull" };
        all.push((name.to_owned(), Change("", Box::leak(filter.into_boxed_str()), audio, quality, speed, 1)));
    }
    all
}

fn ffmpeg(input: &[&str], path: &Path, output: &[&str]) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "quiet", "-nostdin", "-threads", "1"]).args(input).arg("-i").arg(path);
    command.args(output).stdout(Stdio::piped()).stdin(Stdio::null());
    command
}

/// Pushes pictures from a stream of PPM files, numbered.
fn pictures(stream: impl Read, mut push: impl FnMut(&Picture<'_>, usize)) -> Outcome<usize> {
    let mut stream = BufReader::with_capacity(1 << 20, stream);
    for number in 0.. {
        let mut sizes = Vec::new();
        for _ in 0..3 {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            sizes.extend(line.split_whitespace().filter_map(|word| word.parse::<usize>().ok()));
        }
        let [width, height, 255] = sizes[..] else { return Ok(number) };
        let mut rgb = vec![0; width * height * 3];
        stream.read_exact(&mut rgb)?;
        push(&Picture::new(&rgb, width, height)?, number);
    }
    Ok(0)
}

/// Signature of a stretch of a file. `rate` of 0 stands for every frame.
fn sign(
    path: &Path,
    stretch: &[&str],
    rate: f64,
    options: BuildOptions,
    with_sound: bool,
) -> Outcome<MediaSignature> {
    let mut builder = SignatureBuilder::with_options(options);
    // By way of 24 a second: asked for two, the filter may take a frame a quarter of a second off.
    let step = if rate > 0.0 { format!("fps=24,framestep={},", 24.0 / rate) } else { String::new() };
    let filter = format!("{step}scale='min(iw,384)':-2:flags=area");
    let mut child =
        ffmpeg(stretch, path, &["-an", "-vf", &filter, "-f", "image2pipe", "-c:v", "ppm", "-"]).spawn()?;
    let step_s = if rate > 0.0 { 1.0 / rate } else { 0.04 };
    let stream = child.stdout.take().ok_or("no output of ffmpeg")?;
    pictures(stream, |picture, number| builder.push_frame(picture, number as f64 * step_s))?;
    child.wait()?;
    if with_sound {
        let output =
            ffmpeg(stretch, path, &["-vn", "-ac", "1", "-ar", "16000", "-f", "f32le", "-"]).output()?;
        let samples: Vec<f32> =
            output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        builder.push_sound(&samples, 0.0);
    }
    Ok(builder.finish())
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, endings, found)?;
        } else if path
            .extension()
            .is_some_and(|ending| endings.iter().any(|one| ending.eq_ignore_ascii_case(one)))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn duration_s(path: &Path) -> f64 {
    let probe = Command::new("ffprobe")
        .args(["-v", "quiet", "-show_entries", "format=duration", "-of", "csv=p=0"])
        .arg(path)
        .output();
    probe.ok().and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok()).unwrap_or(0.0)
}

/// Reads a signature from the folder, or makes and keeps it.
fn kept(work: &Path, name: &str, make: impl FnOnce() -> Outcome<MediaSignature>) -> Outcome<MediaSignature> {
    let path = work.join(format!("{name}.signature"));
    if let Some(signature) = fs::read(&path).ok().and_then(|bytes| MediaSignature::from_bytes(&bytes).ok()) {
        return Ok(signature);
    }
    let signature = make()?;
    fs::write(path, signature.to_bytes())?;
    Ok(signature)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What a clip was found with: its name up to the last hyphen. Clips of one collection may show the same scene.
fn collection(name: &str) -> &str {
    name.rsplit_once('-').map_or(name, |(front, _)| front)
}

/// Cuts the stretch that all changes of a clip start from, nearly without loss and at most 360 pixels wide.
fn cut(clip: &Path, start_s: f64, work: &Path) -> Outcome<PathBuf> {
    let target = work.join("stretch.mkv");
    let (start, length) = (start_s.to_string(), (LENGTH_S * 1.1).to_string());
    let output = [
        "-vf",
        "scale='min(iw,360)':-2:flags=area,scale=trunc(iw/2)*2:trunc(ih/2)*2",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "8",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "pcm_s16le",
        "-y",
    ];
    let done = ffmpeg(&["-ss", &start, "-t", &length], clip, &output).arg(&target).status()?;
    if done.success() { Ok(target) } else { Err(format!("ffmpeg cannot cut {}", clip.display()).into()) }
}

fn encode(stretch: &Path, change: &Change, work: &Path) -> Outcome<PathBuf> {
    let target = work.join("suspect.mp4");
    let length_s = (LENGTH_S * change.4).to_string();
    let mut from = stretch.to_path_buf();
    for round in 0..change.5 {
        let to = if round + 1 == change.5 { target.clone() } else { work.join(format!("round{round}.mp4")) };
        let filter =
            format!("{},scale=trunc(iw/2)*2:trunc(ih/2)*2", if round == 0 { change.1 } else { "null" });
        let input = ["-t", length_s.as_str()];
        let quality = change.3.to_string();
        let audio = if round == 0 { change.2 } else { "anull" };
        let output = [
            "-vf",
            &filter,
            "-af",
            audio,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            &quality,
            "-pix_fmt",
            "yuv420p",
            "-threads",
            "1",
            "-c:a",
            "aac",
            "-b:a",
            "64k",
            "-y",
        ];
        let done = ffmpeg(if round == 0 { &input } else { &[] }, &from, &output).arg(&to).status()?;
        if !done.success() {
            return Err(format!("ffmpeg cannot encode {}", change.1).into());
        }
        from = to;
    }
    Ok(target)
}

/// One line of the log.
fn judge(candidates: &[Candidate], truth: u64, start_s: f64, speed: f64) -> String {
    let right = |candidate: &&Candidate| candidate.id == truth;
    let in_place = |candidate: &Candidate| {
        let suspect_s = (candidate.suspect_span_s[0] + candidate.suspect_span_s[1]) / 2.0;
        let original_s = (candidate.original_span_s[0] + candidate.original_span_s[1]) / 2.0;
        original_s - start_s - speed * suspect_s
    };
    let found = candidates.iter().find(right);
    let off = found.map_or(99.0, in_place);
    let strength = found.map_or(0, |found| 1 + u8::from(found.strength == Strength::Confirmed));
    let picture = found.and_then(|found| found.picture);
    let sound = found.and_then(|found| found.sound);
    format!(
        "{strength}\t{}\t{off:.3}\t{}\t{}\t{:.3}\t{}",
        u8::from(candidates.first().is_some_and(|first| first.id == truth)),
        picture.map_or(0, |picture| picture.matched_frames),
        picture.map_or(256, |picture| picture.median_distance),
        sound.map_or(1.0, |sound| sound.bit_error_rate),
        picture.map_or(0, |picture| picture.landmarks),
    )
}

fn run(clips: &Path, work: &Path, stills: Option<&Path>, sources: usize, dense_s: &str) -> Outcome<()> {
    fs::create_dir_all(work)?;
    let mut paths = Vec::new();
    files(clips, &["mp4", "webm", "mov", "avi", "mkv"], &mut paths)?;
    paths.sort_by_key(|path| stem(path).bytes().rev().collect::<Vec<u8>>());
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut chosen = BTreeSet::new();
    for (number, path) in paths.iter().enumerate() {
        let count = taken.entry(collection(&stem(path)).to_owned()).or_default();
        if chosen.len() < sources && *count < 1 && duration_s(path) >= LENGTH_S + 2.5 {
            *count += 1;
            chosen.insert(number);
        }
    }
    let mut archive = ArchiveIndex::new();
    let every =
        BuildOptions { same_distance: 0, longest_gap_s: 0.0, landmarks: 0, ..BuildOptions::default() };
    for (number, path) in paths.iter().enumerate() {
        let name = stem(path);
        archive.insert(
            number as u64,
            &kept(work, &format!("{name}.two"), || sign(path, &[], 2.0, BuildOptions::default(), true))?,
        );
        if !chosen.contains(&number) && dense_s != "0" {
            archive.insert(
                DENSE + number as u64,
                &kept(work, &format!("{name}.all"), || sign(path, &["-t", dense_s], 0.0, every, false))?,
            );
        }
        eprint!("\r{number} of {} clips, {} hashes ", paths.len(), archive.hashes());
    }
    if let Some(stills) = stills {
        let make = || {
            let mut builder = SignatureBuilder::with_options(every);
            let pattern = stills.join("*.jpg");
            let mut child = ffmpeg(
                &["-f", "image2", "-pattern_type", "glob"],
                &pattern,
                &["-vf", "scale=224:-2", "-f", "image2pipe", "-c:v", "ppm", "-"],
            )
            .spawn()?;
            let stream = child.stdout.take().ok_or("no output of ffmpeg")?;
            pictures(stream, |picture, number| builder.push_frame(picture, number as f64))?;
            Ok(builder.finish())
        };
        archive.insert(STILLS, &kept(work, "stills", make)?);
    }
    eprintln!("\n{} hashes of {} originals", archive.hashes(), archive.len());
    fs::write(work.join("archive.txt"), format!("{} {} {}", archive.len(), archive.hashes(), chosen.len()))?;
    let log_path = work.join("log.tsv");
    let done: BTreeSet<String> = fs::read_to_string(&log_path)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split('\t').next().map(str::to_owned))
        .collect();
    let mut log = OpenOptions::new().create(true).append(true).open(&log_path)?;
    for number in chosen {
        let (path, name) = (&paths[number], stem(&paths[number]));
        let start_s = 0.3 + (duration_s(path) - LENGTH_S * 1.1 - 0.5).max(0.0) * (number % 7) as f64 / 7.0;
        let mut stretch = None;
        for (change_name, change) in &changes() {
            let key = format!("{name}|{change_name}");
            if done.contains(&key) {
                continue;
            }
            if stretch.is_none() {
                stretch = Some(cut(path, start_s, work)?);
            }
            let Some(from) = &stretch else { continue };
            let file = match encode(from, change, work) {
                Ok(file) => file,
                Err(error) => {
                    eprintln!("{key}: {error}");
                    continue;
                }
            };
            let suspect = sign(&file, &[], 4.0, BuildOptions::for_suspect(), true)?;
            let candidates = archive.candidates(&suspect);
            let line = judge(&candidates, number as u64, start_s, change.4);
            let strangers: Vec<String> = candidates
                .iter()
                .filter_map(|candidate| {
                    let of = if candidate.id == STILLS {
                        None
                    } else {
                        paths.get((candidate.id % DENSE) as usize)
                    };
                    let other = of.map_or_else(|| "stills".to_owned(), |path| stem(path));
                    let picture = candidate
                        .picture
                        .map_or((0, 256), |picture| (picture.matched_frames, picture.median_distance));
                    let error = candidate.sound.map_or(1.0, |sound| sound.bit_error_rate);
                    (collection(&other) != collection(&name)).then(|| {
                        format!("{other}:{:?}:{}:{}:{error:.2}", candidate.strength, picture.0, picture.1)
                    })
                })
                .collect();
            writeln!(log, "{key}\t{line}\t{}\t{}", strangers.len(), strangers.join(" "))?;
        }
        eprint!("\r{name}          ");
    }
    Ok(())
}

/// Clopper–Pearson bounds (95 %) by halving. Worked out for the rarer outcome, whose probability does not vanish in a double.
fn bounds(hits: usize, of: usize) -> (f64, f64) {
    if hits * 2 > of {
        let (low, high) = bounds(of - hits, of);
        return (1.0 - high, 1.0 - low);
    }
    let at_most = |hits: usize, share: f64| -> f64 {
        let mut term = (1.0 - share).powi(of as i32);
        let mut sum = term;
        for number in 1..=hits {
            term *= (of - number + 1) as f64 / number as f64 * share / (1.0 - share);
            sum += term;
        }
        sum
    };
    let halve = |too_low: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if too_low(middle) { low = middle } else { high = middle }
        }
        low
    };
    let low = if hits == 0 { 0.0 } else { halve(&|share| 1.0 - at_most(hits - 1, share) < 0.025) };
    (low, halve(&|share| at_most(hits, share) > 0.025))
}

fn table(work: &Path) -> Outcome<()> {
    let log = fs::read_to_string(work.join("log.tsv"))?;
    let mut rows: BTreeMap<usize, (String, Vec<Vec<&str>>)> = BTreeMap::new();
    let names: Vec<String> = changes().into_iter().map(|(name, _)| name).collect();
    for line in log.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let name = fields[0].split_once('|').map_or("", |(_, name)| name);
        if let Some(order) = names.iter().position(|one| one == name) {
            rows.entry(order).or_insert_with(|| (name.to_owned(), Vec::new())).1.push(fields);
        }
    }
    println!(
        "| change | n | found | 95 % | by hashes | by corners | by sound | within 0.2 s | confirmed | median distance | other collections |"
    );
    println!("|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut all = [0_usize; 8];
    for (name, lines) in rows.into_values() {
        let number = |line: &Vec<&str>, field: usize| {
            line.get(field).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0)
        };
        let count = |test: &dyn Fn(&Vec<&str>) -> bool| lines.iter().filter(|line| test(line)).count();
        let found = count(&|line| number(line, 1) > 0.0);
        let counts = [
            lines.len(),
            found,
            count(&|line| number(line, 5) < 256.0),
            count(&|line| number(line, 7) > 0.0),
            count(&|line| number(line, 6) < 1.0),
            count(&|line| number(line, 1) > 0.0 && number(line, 3).abs() <= 0.2),
            count(&|line| number(line, 1) > 1.0),
            count(&|line| number(line, 8) > 0.0),
        ];
        let mut medians: Vec<f64> =
            lines.iter().map(|line| number(line, 5)).filter(|median| *median < 256.0).collect();
        medians.sort_by(f64::total_cmp);
        let (low, high) = bounds(found, lines.len());
        let median = medians.get(medians.len() / 2).map_or("–".to_owned(), |median| format!("{median}"));
        let [n, found, hashes, corners, sound, placed, sure, strangers] = counts;
        println!(
            "| {name} | {n} | {found} | {low:.2}–{high:.2} | {hashes} | {corners} | {sound} | {placed} | {sure} | {median} | {strangers} |"
        );
        all.iter_mut().zip(counts).for_each(|(sum, part)| *sum += part);
    }
    let (low, high) = bounds(all[1], all[0]);
    let [n, found, hashes, corners, sound, placed, sure, strangers] = all;
    println!(
        "| **all** | {n} | {found} | {low:.3}–{high:.3} | {hashes} | {corners} | {sound} | {placed} | {sure} | | {strangers} |"
    );
    Ok(())
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option =
        |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    if let Some(work) = option("--table") {
        return table(Path::new(work));
    }
    let [clips, work, ..] = &arguments[..] else {
        return Err("recall CLIPS WORK [--stills DIR] [--sources N]".into());
    };
    let sources = option("--sources").map_or(Ok(12), |count| count.parse())?;
    let dense_s = option("--dense-seconds").map_or("3", String::as_str);
    run(Path::new(clips), Path::new(work), option("--stills").map(Path::new), sources, dense_s)
}
