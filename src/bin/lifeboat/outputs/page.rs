//! Pages to print: HTML that loads nothing and runs nothing.

use lifeboat::formats::encoding::shown::visible;

use crate::terminal::Qr;

/// What every page looks like: dark on light, at the width of a sheet and of a phone.
const STYLE: &str = "\
:root { color-scheme: light }
body { font: 12pt/1.4 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; color: #000; background: #fff }
h1 { font-size: 18pt } h2 { font-size: 13pt; margin-bottom: .3em }
code { font: 11pt monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #000; padding: .5em; text-align: left }
td.line { height: 2.2em } svg { width: 38mm; height: 38mm }
@media print { body { margin: 0 } section { break-inside: avoid } }
";

/// The end of every page.
pub(crate) const END: &str = "</body></html>\n";

/// Begins a page, with what its own parts look like.
pub(crate) fn begin(page: &mut String, title: &str, style: &str) {
    *page += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    let title = escaped(title);
    *page += &format!("<title>{title}</title>\n<style>{STYLE}{style}</style></head><body>\n");
}

/// A text as it is, whatever is in it: what is not visible is spelt out.
pub(crate) fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// The QR code of a text, which is no secret.
pub(crate) fn qr(text: &str) -> String {
    let code = Qr::of(text).map(|code| code.to_svg()).unwrap_or_default();
    // Inside a page an image has no declaration of its own.
    code.find("<svg")
        .map_or_else(String::new, |at| code[at..].to_owned())
}
