//! Takes out of a picture what says where and by whom it was taken.

use bytes::Bytes;
use image::ImageFormat;
use image::metadata::Orientation;
use img_parts::ImageEXIF;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::Png;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_EXIF, CHUNK_VP8X, CHUNK_XMP, WebP};

/// A picture without Exif, XMP and IPTC, when it had any. How it is turned stays. Colour profiles, and what does not say
/// anything of the person, stay too; a picture that cannot be read is left as it is.
pub(crate) fn strip(bytes: &Bytes, format: ImageFormat) -> Option<Bytes> {
    match format {
        ImageFormat::Jpeg => strip_jpeg(bytes),
        ImageFormat::Png => strip_png(bytes),
        ImageFormat::WebP => strip_webp(bytes),
        _ => None,
    }
}

fn strip_jpeg(bytes: &Bytes) -> Option<Bytes> {
    let mut jpeg = Jpeg::from_bytes(bytes.clone()).ok()?;
    let personal = [markers::APP1, markers::APP13];
    if !jpeg.segments().iter().any(|segment| personal.contains(&segment.marker())) {
        return None;
    }
    let turned = jpeg.exif().and_then(|exif| Orientation::from_exif_chunk(&exif)).map_or(1, Orientation::to_exif);
    jpeg.segments_mut().retain(|segment| !personal.contains(&segment.marker()));
    if turned > 1 {
        let mut exif = b"Exif\0\0".to_vec();
        exif.extend_from_slice(&orientation(turned));
        // After JFIF's own segment, which must be the first.
        let at = usize::from(jpeg.segments().first().is_some_and(|segment| segment.marker() == markers::APP0));
        jpeg.segments_mut().insert(at, JpegSegment::new_with_contents(markers::APP1, exif.into()));
    }
    Some(jpeg.encoder().bytes())
}

fn strip_png(bytes: &Bytes) -> Option<Bytes> {
    let mut png = Png::from_bytes(bytes.clone()).ok()?;
    let personal = |kind: [u8; 4], contents: &[u8]| {
        kind == *b"eXIf"
            || kind == *b"iTXt" && contents.starts_with(b"XML:com.adobe.xmp\0")
            // What ImageMagick makes of Exif and IPTC.
            || (kind == *b"tEXt" || kind == *b"zTXt") && contents.starts_with(b"Raw profile type ")
    };
    let before = png.chunks().len();
    png.chunks_mut().retain(|chunk| !personal(chunk.kind(), chunk.contents()));
    (png.chunks().len() < before).then(|| png.encoder().bytes())
}

fn strip_webp(bytes: &Bytes) -> Option<Bytes> {
    /// Bits of `VP8X` that announce Exif and XMP.
    const ANNOUNCED: u8 = 0b1100;
    let mut webp = WebP::from_bytes(bytes.clone()).ok()?;
    if !webp.has_chunk(CHUNK_EXIF) && !webp.has_chunk(CHUNK_XMP) {
        return None;
    }
    webp.remove_chunks_by_id(CHUNK_EXIF);
    webp.remove_chunks_by_id(CHUNK_XMP);
    for chunk in webp.chunks_mut() {
        let Some(data) = chunk.content().data().filter(|_| chunk.id() == CHUNK_VP8X) else { continue };
        let mut data = data.to_vec();
        if let Some(flags) = data.first_mut() {
            *flags &= !ANNOUNCED;
        }
        *chunk = RiffChunk::new(CHUNK_VP8X, RiffContent::Data(data.into()));
    }
    Some(webp.encoder().bytes())
}

/// Exif that says how a picture is turned, and nothing else: a TIFF header and a directory with one entry.
fn orientation(turned: u8) -> [u8; 26] {
    let mut exif = *b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    if let Some(value) = exif.get_mut(18) {
        *value = turned;
    }
    exif
}
