//! QR codes: in block characters, two modules to a character, or as an image. Both with the margin that scanners need.

use qrcode::{
    EcLevel, QrCode,
    render::{
        svg,
        unicode::Dense1x2::{self, Dark, Light},
    },
};

/// A module of an image, in its units.
const UNITS: u32 = 8;

/// A QR code.
pub(crate) struct Qr(QrCode);

/// What the characters are shown on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// The letters are lighter: they are the light modules.
    Dark,
    /// The letters are darker: they are the dark modules.
    Light,
}

/// Why a terminal cannot show one.
pub(crate) enum QrUnfit {
    /// It is shown on so many columns and rows, and there are only so many.
    TooSmall {
        needs: (usize, usize),
        has: (usize, usize),
    },
    /// There are no block characters.
    NoBlocks,
}

impl Qr {
    /// `None` where no QR code holds so much.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L);
        code.ok().map(Self)
    }

    /// As an image.
    pub(crate) fn to_svg(&self) -> String {
        let mut code = self.0.render::<svg::Color<'_>>();
        let code = code.quiet_zone(true).module_dimensions(UNITS, UNITS);
        code.build() + "\n"
    }

    /// In block characters.
    pub(super) fn lines(&self, ground: Ground) -> Vec<String> {
        let (dark, light) = match ground {
            Ground::Dark => (Light, Dark),
            Ground::Light => (Dark, Light),
        };
        let mut image = self.0.render::<Dense1x2>();
        let image = image.quiet_zone(true).dark_color(dark).light_color(light);
        image.build().lines().map(str::to_owned).collect()
    }

    /// Columns and rows, with one for the prompt that comes below.
    pub(super) fn size(&self) -> (usize, usize) {
        let lines = self.lines(Ground::Light);
        let columns = lines.first().map_or(0, |line| line.chars().count());
        (columns, lines.len() + 1)
    }
}
