//! QR codes, read off the screen as a scanner reads them, on dark and on light ground.

use crate::support::{
    Folder, Run, fixture, lifeboat, read_fixture,
    screen::{Shown, on_screen},
    workload::key,
};

/// So many points of an image a module has.
const POINTS: usize = 4;

/// The lines of a QR code as points, from 0 for black to 255 for white: letters of one grey, ground of another.
fn points(lines: &[String], letters: u8, ground: u8) -> Vec<Vec<u8>> {
    let mut rows = Vec::new();
    for line in lines {
        for upper in [true, false] {
            let modules = line.chars().map(|letter| match (letter, upper) {
                ('█', _) | ('▀', true) | ('▄', false) => letters,
                ('▀' | '▄' | ' ', _) => ground,
                (other, _) => panic!("`{other}` is no block"),
            });
            let row: Vec<u8> = modules.flat_map(|grey| [grey; POINTS]).collect();
            rows.extend(std::iter::repeat_n(row, POINTS));
        }
    }
    rows
}

/// What a scanner reads that looks for dark modules on light ground, as all do.
fn scanned(points: &[Vec<u8>]) -> Option<String> {
    let (width, height) = (points[0].len(), points.len());
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| points[y][x]);
    let grids = image.detect_grids();
    let [grid] = grids.as_slice() else {
        return None;
    };
    grid.decode().ok().map(|(_, text)| text)
}

fn show(size: [usize; 2], options: &[&str], more: &[&str]) -> Option<Shown> {
    let public = key("recovery.public");
    let args = [&["key", "show", &public], more].concat();
    on_screen(size, options, &args)
}

/// The lines of the blocks in a text.
fn blocks(text: &str) -> Vec<Vec<String>> {
    let is_code = |line: &&str| !line.contains(|letter: char| letter.is_ascii_graphic());
    let mut codes = vec![Vec::new()];
    for line in text.lines() {
        if is_code(&line) {
            codes.last_mut().unwrap().push(line.to_owned());
        } else {
            codes.push(Vec::new());
        }
    }
    codes.retain(|code| code.len() > 10);
    codes
}

fn fingerprint() -> String {
    let said = lifeboat(&["--json", "key", "show", &key("recovery.public")]);
    said.json()["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn with_colours_of_its_own_it_scans_on_every_ground() {
    let Some(shown) = show([80, 24], &[], &["--qr=fingerprint"]) else {
        return;
    };
    assert_eq!(shown.exit, 0, "{}", shown.sent);
    shown.fits(80);
    let plain = shown.plain();
    let codes = blocks(&plain);
    let [code] = codes.as_slice() else {
        panic!("{plain}");
    };
    assert!(code.len() < 24, "{} rows", code.len());
    // Every line says both colours, black and white, and gives them back: the terminal's own do not matter.
    let lines = shown
        .sent
        .lines()
        .filter(|line| line.contains(['█', '▀', '▄', ' ']));
    let lines = lines.filter(|line| code.iter().any(|row| line.contains(row.as_str())));
    for line in lines {
        assert!(line.starts_with("\x1b[30m\x1b[47m"), "{line:?}");
        assert!(line.ends_with("\x1b[0m"), "{line:?}");
    }
    assert_eq!(scanned(&points(code, 0, 170)), Some(fingerprint()));
}

#[test]
fn without_colours_it_comes_for_dark_and_for_light_ground() {
    let check = |text: &str, expected: &str| {
        let codes = blocks(text);
        let [for_dark, for_light] = codes.as_slice() else {
            panic!("{text}");
        };
        let (dark, light) = (
            text.find("on a dark ground"),
            text.find("on a light ground"),
        );
        assert!(dark.unwrap() < light.unwrap());
        // Light letters on dark ground, and the other way round.
        assert_eq!(
            scanned(&points(for_dark, 230, 20)).as_deref(),
            Some(expected)
        );
        assert_eq!(
            scanned(&points(for_light, 20, 230)).as_deref(),
            Some(expected)
        );
        // Each on the other ground is what it is not to be.
        assert_eq!(scanned(&points(for_light, 230, 20)), None);
    };
    let public = key("recovery.public");
    let piped = lifeboat(&["key", "show", &public, "--qr=fingerprint"]);
    check(piped.done(), &fingerprint());
    let piped = lifeboat(&["key", "show", &public, "--qr"]);
    let pem = String::from_utf8(read_fixture("keys/recovery.public.pem")).unwrap();
    check(piped.done(), &pem);

    let options = ["NO_COLOR=1"];
    let Some(shown) = show([80, 24], &options, &["--qr=fingerprint"]) else {
        return;
    };
    assert!(!shown.sent.contains('\x1b'));
    check(&shown.sent, &fingerprint());
}

#[test]
fn a_code_that_does_not_fit_is_refused_with_what_to_type() {
    let Some(shown) = show([80, 24], &[], &["--qr"]) else {
        return;
    };
    assert_eq!(shown.exit, 2, "{}", shown.sent);
    let plain = shown.plain();
    assert!(!plain.contains(['█', '▀', '▄']), "{plain}");
    for word in ["--qr=fingerprint", "--qr-out FILE.svg", "short phrase (LF)"] {
        assert!(plain.contains(word), "`{word}` is not in {plain}");
    }
    // Where there is room it is shown.
    let large = show([120, 60], &[], &["--qr"]).unwrap();
    assert_eq!(large.exit, 0, "{}", large.sent);
    let codes = blocks(&large.plain());
    let pem = String::from_utf8(read_fixture("keys/recovery.public.pem")).unwrap();
    assert_eq!(scanned(&points(&codes[0], 0, 170)), Some(pem));
    // One row or column less than it needs is too small.
    let (rows, columns) = (codes[0].len(), codes[0][0].chars().count());
    assert!(plain.contains(&format!("needs {columns} columns and {} rows", rows + 1)));
    let exit = |size| show(size, &[], &["--qr"]).unwrap().exit;
    assert_eq!(exit([columns, rows + 1]), 0);
    assert_eq!(exit([columns, rows]), 2);
    assert_eq!(exit([columns - 1, rows + 1]), 2);
}

#[test]
fn a_terminal_without_block_characters_says_so() {
    for options in [&["LANG=C"][..], &["TERM=vt100"], &["TERM=dumb"]] {
        let Some(shown) = show([80, 24], options, &["--qr=fingerprint"]) else {
            return;
        };
        assert_eq!(shown.exit, 2, "{options:?}: {}", shown.sent);
        assert!(shown.sent.is_ascii(), "{}", shown.sent);
        assert!(shown.sent.contains("--qr-out FILE.svg"), "{}", shown.sent);
    }
}

/// The points of an image of rectangles, as `--qr-out` writes it.
fn image_points(svg: &str) -> Vec<Vec<u8>> {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let width = svg.split("width=\"").nth(1).unwrap().split('"').next();
    let width = number(width.unwrap());
    let mut points = vec![vec![255; width]; width];
    let path = svg.split(" d=\"").nth(1).unwrap().split('"').next();
    for piece in path.unwrap().split('M').skip(1) {
        let numbers: Vec<usize> = piece
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|text| !text.is_empty())
            .map(number)
            .collect();
        let [left, top, across, down, ..] = numbers[..] else {
            panic!("{piece}");
        };
        for row in &mut points[top..top + down] {
            row[left..left + across].fill(0);
        }
    }
    points
}

#[test]
fn an_image_holds_the_same() {
    let bench = Folder::with_out();
    let public = key("recovery.public");
    let write = |name: &str, more: &[&str]| -> Run {
        let out = bench.text(&format!("out/{name}"));
        let args = ["--json", "key", "show", &public, "--qr-out", &out];
        lifeboat(&[&args[..], more].concat())
    };
    let said = write("key.svg", &[]);
    assert_eq!(said.json()["files"][0], bench.text("out/key.svg"));
    write("print.svg", &["--qr=fingerprint"]).done();
    let pem = String::from_utf8(read_fixture("keys/recovery.public.pem")).unwrap();
    for (name, expected) in [("key.svg", pem), ("print.svg", fingerprint())] {
        let image = image_points(&bench.result(name));
        assert_eq!(scanned(&image), Some(expected), "{name}");
    }
    write("key.svg", &[]).refused(2, "output_exists", &["key.svg"]);
    assert!(fixture("keys/recovery.public.pem").exists());
}
