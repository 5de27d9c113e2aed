//! Small files of every kind, made here.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};
use img_parts::png::{Png, PngChunk};

/// A picture in which no two regions look alike.
pub(crate) fn picture(width: u32, height: u32, step: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let part = |value: u32, of: u32| u8::try_from(value * 255 / of.max(1)).unwrap();
        Rgba([part(x, width), part(y, height), u8::try_from(step * 40 % 256).unwrap(), 255])
    })
}

pub(crate) fn still(width: u32, height: u32, format: ImageFormat) -> Bytes {
    let picture = DynamicImage::ImageRgba8(picture(width, height, 0));
    let picture = if format == ImageFormat::Jpeg { DynamicImage::ImageRgb8(picture.into_rgb8()) } else { picture };
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner().into()
}

pub(crate) fn png(width: u32, height: u32) -> Bytes {
    still(width, height, ImageFormat::Png)
}

pub(crate) fn jpeg(width: u32, height: u32) -> Bytes {
    still(width, height, ImageFormat::Jpeg)
}

pub(crate) fn gif(width: u32, height: u32, frames: u32) -> Bytes {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for step in 0..frames {
        let delay = Delay::from_numer_denom_ms(120, 1);
        encoder.encode_frame(Frame::from_parts(picture(width, height, step), 0, 0, delay)).unwrap();
    }
    drop(encoder);
    out.into()
}

/// An animated PNG of equal frames: the still's pixels, again and again.
pub(crate) fn apng(width: u32, height: u32, frames: u32) -> Bytes {
    let mut png = Png::from_bytes(png(width, height)).unwrap();
    let control = |sequence: u32| {
        let mut data = Vec::new();
        for field in [sequence, width, height, 0, 0] {
            data.extend_from_slice(&field.to_be_bytes());
        }
        data.extend_from_slice(&[0, 1, 0, 10, 0, 0]);
        PngChunk::new(*b"fcTL", data.into())
    };
    let pixels: Vec<u8> = png
        .chunks()
        .iter()
        .filter(|chunk| chunk.kind() == *b"IDAT")
        .flat_map(|chunk| chunk.contents().to_vec())
        .collect();
    let mut chunks = vec![png.chunks()[0].clone()];
    chunks.push(PngChunk::new(*b"acTL", [frames.to_be_bytes(), 0_u32.to_be_bytes()].concat().into()));
    chunks.push(control(0));
    chunks.push(PngChunk::new(*b"IDAT", pixels.clone().into()));
    for frame in 1..frames {
        chunks.push(control(frame * 2 - 1));
        chunks.push(PngChunk::new(*b"fdAT", [&(frame * 2).to_be_bytes()[..], &pixels].concat().into()));
    }
    chunks.push(PngChunk::new(*b"IEND", Bytes::new()));
    *png.chunks_mut() = chunks;
    png.encoder().bytes()
}

/// A PNG whose header says more than its pixels do.
pub(crate) fn huge_png(width: u32, height: u32) -> Bytes {
    let mut png = Png::from_bytes(png(4, 4)).unwrap();
    let mut header = png.chunks()[0].contents().to_vec();
    header[..4].copy_from_slice(&width.to_be_bytes());
    header[4..8].copy_from_slice(&height.to_be_bytes());
    png.chunks_mut()[0] = PngChunk::new(*b"IHDR", header.into());
    png.encoder().bytes()
}

/// A GIF of many frames, each of which takes 20 bytes.
pub(crate) fn gif_bomb(side: u16, frames: u32) -> Bytes {
    let mut out = b"GIF89a".to_vec();
    for _ in 0..2 {
        out.extend_from_slice(&side.to_le_bytes());
    }
    out.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        out.extend_from_slice(&[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
    }
    out.push(0x3b);
    out.into()
}

/// A JPEG with Exif in it: how it is turned, and where it was taken.
pub(crate) fn jpeg_with_exif(width: u32, height: u32, turned: u8) -> Bytes {
    use img_parts::jpeg::{Jpeg, JpegSegment, markers};
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0]);
    // The directory of the place, which begins after this one.
    exif.extend_from_slice(&[0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    exif.extend_from_slice(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0GPS 51.4779 N");
    let mut jpeg = Jpeg::from_bytes(jpeg(width, height)).unwrap();
    jpeg.segments_mut().insert(1, JpegSegment::new_with_contents(markers::APP1, exif.into()));
    jpeg.segments_mut()
        .insert(2, JpegSegment::new_with_contents(markers::APP13, Bytes::from_static(b"Photoshop 3.0\0GPS")));
    jpeg.encoder().bytes()
}

/// Silence as WAV: 8 kHz, 8 bits, one channel.
pub(crate) fn wav(secs: u32) -> Bytes {
    let data = vec![128; (secs * 8000) as usize];
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    out.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.extend_from_slice(&data);
    out.into()
}

/// FLAC: silence at 8 kHz, of which the header says that it goes on for so long. Only two frames are there.
pub(crate) fn flac(secs: u64) -> Bytes {
    fn crc(bytes: &[u8], bits: u32, polynomial: u32) -> u32 {
        let top = 1 << (bits - 1);
        bytes.iter().fold(0, |crc, byte| {
            (0..8).fold(crc ^ (u32::from(*byte) << (bits - 8)), |crc: u32, _| {
                let shifted = (crc << 1) & ((top << 1) - 1);
                if crc & top == 0 { shifted } else { shifted ^ polynomial }
            })
        })
    }
    let mut out = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0".to_vec();
    // 20 bits of rate, 3 of channels, 5 of depth, 36 of samples.
    out.extend_from_slice(&(8000 << 44 | 15 << 36 | (secs * 8000)).to_be_bytes());
    out.extend_from_slice(&[0; 16]);
    for number in 0..2 {
        let mut frame = vec![0xff, 0xf8, 0xc4, 0x08, number];
        frame.push(crc(&frame, 8, 0x07) as u8);
        frame.extend_from_slice(&[0, 0, 0]);
        frame.extend_from_slice(&(crc(&frame, 16, 0x8005) as u16).to_be_bytes());
        out.extend(frame);
    }
    out.into()
}

/// MP3: frames of silence at 128 kbit/s and 44.1 kHz, 26 ms each, after an empty ID3 tag.
pub(crate) fn mp3(frames: usize) -> Bytes {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0xc0]);
    let mut out = b"ID3\x04\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0".to_vec();
    for _ in 0..frames {
        out.extend_from_slice(&frame);
    }
    out.into()
}

/// Opus in Ogg: headers, and one packet at the end that says how long it is.
pub(crate) fn opus(secs: u64) -> Bytes {
    fn page(flags: u8, granule: u64, sequence: u32, packet: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend_from_slice(&granule.to_le_bytes());
        page.extend_from_slice(&7_u32.to_le_bytes());
        page.extend_from_slice(&sequence.to_le_bytes());
        page.extend_from_slice(&[0; 4]);
        page.push(1);
        page.push(u8::try_from(packet.len()).unwrap());
        page.extend_from_slice(packet);
        let mut crc = 0_u32;
        for byte in &page {
            crc ^= u32::from(*byte) << 24;
            for _ in 0..8 {
                crc = if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04c1_1db7 };
            }
        }
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        page
    }
    let head = b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0";
    let tags = b"OpusTags\x04\0\0\0test\0\0\0\0";
    let silence = [0xf8, 0xff, 0xfe];
    // Pages of a second each, of which only the ends matter.
    let mut out = [page(2, 0, 0, head), page(0, 0, 1, tags)].concat();
    for second in 1..=secs {
        let last = if second == secs { 4 } else { 0 };
        out.extend(page(last, second * 48_000, u32::try_from(second).unwrap() + 1, &silence));
    }
    out.into()
}

/// MP4 with one film track. Its index may come at the end.
pub(crate) fn mp4(width: u16, height: u16, secs: u32, index_last: bool) -> Bytes {
    fn atom(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, &content].concat()
    }
    const MATRIX: &[u8] = &[
        0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
    ];
    let duration = (secs * 1000).to_be_bytes();
    let scale = 1000_u32.to_be_bytes();
    let mvhd =
        atom(b"mvhd", &[&[0; 12], &scale, &duration, &[0, 1, 0, 0, 1, 0], &[0; 10], MATRIX, &[0; 24], &[0, 0, 0, 2]]);
    let sides = [width.to_be_bytes(), [0; 2], height.to_be_bytes(), [0; 2]].concat();
    let tkhd = atom(b"tkhd", &[&[0, 0, 0, 7], &[0; 8], &[0, 0, 0, 1], &[0; 4], &duration, &[0; 16], MATRIX, &sides]);
    let mdhd = atom(b"mdhd", &[&[0; 12], &scale, &duration, &[0x55, 0xc4, 0, 0]]);
    let hdlr = atom(b"hdlr", &[&[0; 8], b"vide", &[0; 12], b"film\0"]);
    let avcc = atom(b"avcC", &[&[1, 66, 0, 30, 0xff, 0xe0, 0]]);
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let avc1 = atom(
        b"avc1",
        &[
            &[0; 6],
            &[0, 1],
            &[0; 16],
            &size,
            &[0, 0x48, 0, 0, 0, 0x48, 0, 0],
            &[0; 4],
            &[0, 1],
            &[0; 32],
            &[0, 24, 255, 255],
            &avcc,
        ],
    );
    let stsd = atom(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], &avc1]);
    let stts = atom(b"stts", &[&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], &duration]);
    let stsc = atom(b"stsc", &[&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]]);
    let stsz = atom(b"stsz", &[&[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1]]);
    let stco = atom(b"stco", &[&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 40]]);
    let stbl = atom(b"stbl", &[&stsd, &stts, &stsc, &stsz, &stco]);
    let dref = atom(b"dref", &[&[0, 0, 0, 0, 0, 0, 0, 1], &atom(b"url ", &[&[0, 0, 0, 1]])]);
    let minf = atom(b"minf", &[&atom(b"vmhd", &[&[0, 0, 0, 1], &[0; 8]]), &atom(b"dinf", &[&dref]), &stbl]);
    let moov = atom(b"moov", &[&mvhd, &atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &minf])])]);
    let ftyp = atom(b"ftyp", &[b"isom\0\0\x02\0isomavc1"]);
    let mdat = atom(b"mdat", &[&[0; 4]]);
    if index_last { [ftyp, mdat, moov].concat() } else { [ftyp, moov, mdat].concat() }.into()
}

/// WebM with one film track.
pub(crate) fn webm(width: u8, height: u8, secs: f64) -> Bytes {
    fn element(id: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let size = 0x1000_0000_u32 | u32::try_from(content.len()).unwrap();
        [id, &size.to_be_bytes(), &content].concat()
    }
    let head = element(
        &[0x1a, 0x45, 0xdf, 0xa3],
        &[
            &element(&[0x42, 0x86], &[&[1]]),
            &element(&[0x42, 0xf7], &[&[1]]),
            &element(&[0x42, 0xf2], &[&[4]]),
            &element(&[0x42, 0xf3], &[&[8]]),
            &element(&[0x42, 0x82], &[b"webm"]),
            &element(&[0x42, 0x87], &[&[4]]),
            &element(&[0x42, 0x85], &[&[2]]),
        ],
    );
    let scale = element(&[0x2a, 0xd7, 0xb1], &[&1_000_000_u32.to_be_bytes()]);
    let duration = element(&[0x44, 0x89], &[&(secs * 1000.0).to_be_bytes()]);
    let app = [element(&[0x4d, 0x80], &[b"test"]), element(&[0x57, 0x41], &[b"test"])].concat();
    let info = element(&[0x15, 0x49, 0xa9, 0x66], &[&scale, &duration, &app]);
    let video = element(&[0xe0], &[&element(&[0xb0], &[&[width]]), &element(&[0xba], &[&[height]])]);
    let track = element(
        &[0xae],
        &[
            &element(&[0xd7], &[&[1]]),
            &element(&[0x73, 0xc5], &[&[1]]),
            &element(&[0x83], &[&[1]]),
            &element(&[0x86], &[b"V_VP9"]),
            &video,
        ],
    );
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &[&track]);
    let block = element(&[0xa3], &[&[0x81, 0, 0, 0x80, 0]]);
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[&element(&[0xe7], &[&[0]]), &block]);
    [head, element(&[0x18, 0x53, 0x80, 0x67], &[&info, &tracks, &cluster])].concat().into()
}

/// A zip with one stored file of this name, as Office writes its documents.
pub(crate) fn zip(names: &[&str]) -> Bytes {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let at = u32::try_from(files.len()).unwrap();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &[0; 12],
            &u16::try_from(name.len()).unwrap().to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        files.extend_from_slice(b"PK\x03\x04");
        files.extend_from_slice(&common);
        files.extend_from_slice(name.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &count,
        &count,
        &u32::try_from(directory.len()).unwrap().to_le_bytes(),
        &u32::try_from(files.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [files, directory, end].concat().into()
}
