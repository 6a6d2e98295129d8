//! Does a file's name fit what is inside?

/// What the reader calls a container, and the extensions that files of that kind carry.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["jpeg", "jpg", "mjpeg", "jpeg_pipe"], &["jpg", "jpeg", "jpe", "jfif"]),
    (&["png", "apng", "png_pipe"], &["png", "apng"]),
    (&["webp", "webp_pipe"], &["webp"]),
    (&["gif"], &["gif"]),
    (&["bmp", "bmp_pipe"], &["bmp", "dib"]),
    (&["tiff", "tiff_pipe"], &["tif", "tiff"]),
    (&["avif"], &["avif", "avifs", "heif", "heic"]),
    (&["heic", "heif"], &["heic", "heif", "heics", "hif", "avif"]),
    (
        &["mov", "mp4", "m4a", "3gp", "3g2", "mj2"],
        &["mp4", "m4v", "m4a", "mov", "qt", "3gp", "3g2", "mj2", "heic", "heif", "avif"],
    ),
    (&["matroska", "webm", "mkv"], &["mkv", "webm", "mka", "mk3d"]),
    (&["avi"], &["avi"]),
    (&["mpegts"], &["ts", "mts", "m2ts"]),
    (&["mpeg", "mpegvideo"], &["mpg", "mpeg", "vob", "m1v", "m2v"]),
    (&["flv"], &["flv"]),
    (&["asf"], &["wmv", "wma", "asf"]),
    (&["ogg"], &["ogg", "ogv", "oga", "opus"]),
    (&["wav"], &["wav"]),
    (&["mp3"], &["mp3"]),
    (&["flac"], &["flac"]),
    (&["aac"], &["aac"]),
    (&["amr", "amrnb", "amrwb"], &["amr"]),
];

/// A sentence for the technical tab if the name's extension promises another format than `container`. Names without an extension promise
/// nothing; containers that are not in the table are not judged.
pub(crate) fn mismatch(file_name: &str, container: &str) -> Option<String> {
    let (stem, extension) = file_name.rsplit_once('.')?;
    if stem.is_empty() || !(1..=5).contains(&extension.len()) {
        return None;
    }
    let extension = extension.to_lowercase();
    if !extension.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let parts: Vec<String> = container.split(',').map(|part| part.trim().to_lowercase()).collect();
    let mut fitting = FAMILIES
        .iter()
        .filter(|(names, _)| parts.iter().any(|part| names.contains(&part.as_str())))
        .peekable();
    fitting.peek()?;
    if fitting.any(|(_, extensions)| extensions.contains(&extension.as_str())) {
        return None;
    }
    Some(format!("the name ends in `.{extension}`, the content is {container}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_promises_another_format_is_reported() {
        let table = [
            ("clip.mp4", "mov,mp4,m4a,3gp,3g2,mj2", false),
            ("CLIP.MOV", "mov,mp4,m4a,3gp,3g2,mj2", false),
            ("clip.mkv", "matroska,webm", false),
            ("photo.jpg", "jpeg", false),
            ("photo.jpg", "png", true),
            ("photo.png", "jpeg", true),
            ("clip.mp4", "matroska,webm", true),
            ("report.pdf", "jpeg", true),
            ("archive.tar.gz", "gif", true),
            ("photo", "png", false),
            (".png", "jpeg", false),
            ("photo.", "png", false),
            ("разговор.фото", "png", false),
            ("Screenshot 12.30.2026-11-22", "png", false),
            ("photo.jpg", "something-new", false),
        ];
        for (name, container, expected) in table {
            assert_eq!(mismatch(name, container).is_some(), expected, "{name} {container}");
        }
    }
}
