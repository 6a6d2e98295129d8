//! Clips and photographs for the bench, made once into the cache folder from the portrait in `fixtures/media`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::output;

/// Raise it when a recipe below changes, so that old files are not taken for new ones.
const RECIPE: &str = "clips-1";
const SHOT_S: u32 = 10;
const FPS: u32 = 25;

/// A clip.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    /// Nominal length in seconds.
    pub(crate) seconds: u32,
    /// Picture height in pixels.
    pub(crate) height: u32,
    pub(crate) path: PathBuf,
}

impl Clip {
    pub(crate) fn name(&self) -> String {
        format!("{} s, {}p", self.seconds, self.height)
    }
}

/// One camera movement over the portrait: zoom, and where the window lies as a share of the free space.
struct Shot {
    zoom: &'static str,
    x: &'static str,
    y: &'static str,
    after: &'static str,
}

/// `p` runs from 0 to 1 during a shot.
const SHOTS: &[Shot] = &[
    Shot { zoom: "1+0.9*p", x: "0.42", y: "0.12", after: "null" },
    Shot { zoom: "2.4", x: "0.2+0.45*p", y: "0.10", after: "hflip" },
    Shot { zoom: "2-0.9*p", x: "0.40", y: "0.10", after: "eq=brightness=-0.06" },
    Shot { zoom: "1.4", x: "0.7-0.6*p", y: "0.15*p", after: "eq=saturation=0.7" },
    Shot { zoom: "1.7+0.1*sin(6*p)", x: "0.40", y: "0.12", after: "hflip,eq=contrast=1.1" },
    Shot { zoom: "1.05+0.2*p", x: "0.30", y: "0.05", after: "eq=gamma=0.9" },
];

/// Makes the clips of `lengths` (10, 60 or 600 s) that are missing.
pub(crate) fn clips(portrait: &Path, folder: &Path, lengths: &[u32]) -> Result<Vec<Clip>> {
    let folder = folder.join(RECIPE);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut clips = Vec::new();
    for &seconds in lengths {
        for height in [480, 1080] {
            clips.push(Clip { seconds, height, path: clip(portrait, &folder, seconds, height)? });
        }
    }
    Ok(clips)
}

fn clip(portrait: &Path, folder: &Path, seconds: u32, height: u32) -> Result<PathBuf> {
    let path = folder.join(format!("{seconds}s-{height}p.mp4"));
    if path.is_file() {
        return Ok(path);
    }
    let part = folder.join(format!("part-{seconds}s-{height}p.mp4"));
    let mut command = ffmpeg();
    if seconds > 60 {
        // The minute over and over: the same pictures cost a decoder and an analyser as much every time.
        let minute = clip(portrait, folder, 60, height)?;
        command
            .args(["-stream_loop", &(seconds / 60 - 1).to_string(), "-i"])
            .arg(minute)
            .args(["-c", "copy"]);
    } else {
        shots(&mut command, portrait, seconds / SHOT_S, height);
    }
    println!("Making {} ...", path.display());
    output(command.args(["-movflags", "+faststart"]).arg(&part))?;
    std::fs::rename(&part, &path)?;
    Ok(path)
}

fn shots(command: &mut Command, portrait: &Path, count: u32, height: u32) {
    let (width, rate, peak) = if height >= 1080 { (1920, "3M", "4M") } else { (854, "900k", "1200k") };
    let frames = SHOT_S * FPS;
    command.arg("-i").arg(portrait);
    command.args([
        "-f",
        "lavfi",
        "-i",
        &format!("sine=frequency=330:sample_rate=48000:duration={}", count * SHOT_S),
    ]);
    // The portrait twice as large as the picture, so that a slow zoom moves by less than a pixel.
    let large = width * 4 / 3;
    let mut graph =
        format!("[0:v]scale={large}:{large}:flags=lanczos,crop={large}:{large}*9/16:0:0,split={count}");
    for index in 0..count {
        graph += &format!("[source{index}]");
    }
    for (index, shot) in SHOTS.iter().enumerate().take(count as usize) {
        let at = |text: &str| text.replace('p', &format!("(on/{frames})"));
        graph += &format!(
            ";[source{index}]zoompan=z='{}':x='(iw-iw/zoom)*({})':y='(ih-ih/zoom)*({})':d={frames}:s={width}x{height}:fps={FPS},{}[shot{index}]",
            at(shot.zoom),
            at(shot.x),
            at(shot.y),
            shot.after
        );
    }
    graph += ";";
    for index in 0..count {
        graph += &format!("[shot{index}]");
    }
    graph += &format!("concat=n={count}:v=1:a=0,noise=alls=7:allf=t:all_seed=7,setsar=1,format=yuv420p[v]");
    command.args(["-filter_complex", &graph, "-map", "[v]", "-map", "1:a"]);
    command
        .args(["-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-maxrate", peak, "-bufsize", "8M"]);
    command.args(["-c:a", "aac", "-b:a", "128k"]);
}

/// Makes photographs of 4000 by 3000 pixels that are missing.
pub(crate) fn photographs(portrait: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join(RECIPE);
    std::fs::create_dir_all(&folder)?;
    let mut paths = Vec::new();
    for (index, crop) in
        ["512:384:0:0", "400:300:40:0", "320:240:64:10", "240:180:104:20", "480:360:20:0"].iter().enumerate()
    {
        let path = folder.join(format!("photograph-{index}.jpg"));
        if !path.is_file() {
            println!("Making {} ...", path.display());
            let part = folder.join(format!("part-{index}.jpg"));
            let filter = format!(
                "crop={crop},scale=4000:3000:flags=lanczos,format=yuv420p,noise=alls=16:allf=t:all_seed=7,format=yuvj420p"
            );
            output(ffmpeg().arg("-i").arg(portrait).args(["-vf", &filter, "-q:v", "3"]).arg(&part))?;
            std::fs::rename(&part, &path)?;
        }
        paths.push(path);
    }
    Ok(paths)
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    command
}
