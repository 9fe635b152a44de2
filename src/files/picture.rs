//! Pictures that somebody sends: made anew from their pixels, so that places, devices and whatever else hid in the file
//! are gone (EXIF and GPS above all), and never opened before their header says that they are small enough.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::{DynamicImage, ImageDecoder, Limits, Rgb, RgbImage};

/// The most pixels of a picture; phones take 12 to 24 million.
pub const MOST_PIXELS: u64 = 30_000_000;
/// The most bytes of memory that a picture's pixels may take.
const MOST_BYTES: u64 = 4 * MOST_PIXELS;
/// The longest edge that is kept, in pixels: a page of A4 with 350 dots per inch.
const LONGEST_EDGE: u32 = 4096;
/// The quality of what is kept, 1 to 100.
const QUALITY: u8 = 85;
/// The media type of what [`redraw`] makes.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// The format that a picture is said to have by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
}

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More pixels than [`MOST_PIXELS`].
    TooManyPixels,
    /// Broken, or no picture.
    Unreadable,
}

/// Draws the picture anew, upright, on white, as a JPEG without anything but pixels. Takes its time and memory: only off
/// the async threads, and one at a time.
pub fn redraw(bytes: &Bytes, format: Format) -> Result<Vec<u8>, Fault> {
    let source = Cursor::new(bytes);
    match format {
        Format::Jpeg => JpegDecoder::new(source).map_err(|_| Fault::Unreadable).and_then(draw),
        Format::Png => PngDecoder::with_limits(source, limits()).map_err(|_| Fault::Unreadable).and_then(draw),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_BYTES);
    limits
}

fn draw(mut decoder: impl ImageDecoder) -> Result<Vec<u8>, Fault> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_BYTES {
        return Err(Fault::TooManyPixels);
    }
    // A broken note about the orientation is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    decoder.set_limits(limits()).map_err(|_| Fault::TooManyPixels)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Fault::Unreadable)?;
    let mut picture = DynamicImage::ImageRgb8(opaque(shrunk(picture)));
    picture.apply_orientation(orientation);
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
    picture.write_with_encoder(encoder).map_err(|_| Fault::Unreadable)?;
    Ok(out)
}

fn shrunk(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= LONGEST_EDGE {
        return picture;
    }
    picture.thumbnail(LONGEST_EDGE, LONGEST_EDGE)
}

/// On white where the picture lets something through: a JPEG has no transparency.
fn opaque(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut page = RgbImage::new(picture.width(), picture.height());
    for (pixel, below) in picture.pixels().zip(page.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0.map(u16::from);
        let on_white = |colour: u16| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *below = Rgb([red, green, blue].map(on_white));
    }
    page
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn png(picture: &DynamicImage) -> Bytes {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner().into()
    }

    fn pixel(jpeg: &[u8], x: u32, y: u32) -> [u8; 3] {
        image::load_from_memory(jpeg).unwrap().to_rgb8().get_pixel(x, y).0
    }

    #[test]
    fn what_lets_through_lies_on_white() {
        let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0])));
        let drawn = redraw(&png(&clear), Format::Png).unwrap();
        assert_eq!(pixel(&drawn, 8, 8), [255; 3]);
    }

    #[test]
    fn large_ones_are_made_smaller() {
        let wide = DynamicImage::new_rgb8(6000, 30);
        let drawn = image::load_from_memory(&redraw(&png(&wide), Format::Png).unwrap()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (4096, 20));
    }

    #[test]
    fn a_picture_by_name_only_is_unreadable() {
        let page = Bytes::from_static(b"<html><script>alert(1)</script></html>");
        for format in [Format::Jpeg, Format::Png] {
            assert_eq!(redraw(&page, format), Err(Fault::Unreadable));
        }
    }
}
