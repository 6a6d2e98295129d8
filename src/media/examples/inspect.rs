//! Prints what the reader makes of a file: `cargo run -p podlinnik-media --example inspect -- CHILD FILE [FOLDER]`, where CHILD is the
//! `podlinnik-media-child` binary and FOLDER takes the frames as PNG.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use podlinnik_media::{MediaEvent, MediaLimits, MediaReader, SamplingPlan, encode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(child), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: inspect CHILD FILE [FOLDER]".into());
    };
    let folder = arguments.next();
    let began = Instant::now();
    let reader = MediaReader::new(child, MediaLimits::default());
    for event in reader.open(File::open(file)?, &SamplingPlan::default())? {
        let ms = began.elapsed().as_millis();
        match event? {
            MediaEvent::Progress(_) => {}
            MediaEvent::Frame(frame) => {
                println!("{ms} ms {frame:?}");
                if let Some(folder) = &folder {
                    let png = encode::png(&frame.rgb, frame.width, frame.height)?;
                    std::fs::write(folder.join(format!("{:03}.png", frame.index)), png)?;
                }
            }
            event => println!("{ms} ms {event:?}"),
        }
    }
    println!("{} ms in all", began.elapsed().as_millis());
    Ok(())
}
