//! Makes a preview and says how long it took: `cargo run -p podlinnik-media --release --example preview -- CHILD FILE TO`, where CHILD is the
//! `podlinnik-media-child` binary. With `-` for TO, all frames are read at the preview's size and thrown away: what decoding alone costs.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use podlinnik_media::{FilmPlan, MediaLimits, MediaReader, preview};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(child), Some(file), Some(to)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: preview CHILD FILE TO".into());
    };
    let began = Instant::now();
    let reader = MediaReader::new(child, MediaLimits::default());
    let file = File::open(file)?;
    if to.as_os_str() == "-" {
        let plan = FilmPlan { longest_side: 1280, frames_per_s: 60.0, longest_s: 1800.0 };
        println!("{} parts", reader.film(file, &plan, 4096)?.count());
    } else {
        println!("{:?}", preview::make(&reader, file, &to, &mut |_| true)?);
    }
    println!("{} ms in all", began.elapsed().as_millis());
    Ok(())
}
