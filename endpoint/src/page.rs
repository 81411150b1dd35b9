//! The takeover page: its parts, and the same page as one file that runs without a server.

use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// The page.
pub const HTML: &str = include_str!("../page/index.html");
/// How it looks.
pub const STYLE: &str = include_str!("../page/page.css");
/// What it does.
pub const SCRIPT: &str = include_str!("../page/page.js");
/// What it computes: the offline tool's floors, built by `page/build`.
pub const PROGRAM: &[u8] = include_bytes!("../page/takeover.wasm");

/// What the page may do, as `Content-Security-Policy`: nothing but its own parts, and this server.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

const LINK_TO_STYLE: &str = "<link rel=\"stylesheet\" href=\"/takeover/page.css\">";
const LINK_TO_SCRIPT: &str = "<script src=\"/takeover/page.js\" defer></script>";

/// The page in one file, put together once.
pub static ONE_FILE: LazyLock<String> = LazyLock::new(one_file);

/// The page in one file. It may load nothing and ask nobody; only its own style and script run, known by their digests.
fn one_file() -> String {
    let digest = |text: &str| Base64::encode_string(&Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}' 'wasm-unsafe-eval'; style-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'",
        digest(SCRIPT),
        digest(STYLE),
    );
    let program = Base64::encode_string(PROGRAM);
    HTML.replacen("<html lang", "<html data-offline lang", 1)
        .replacen(
            "<meta charset=\"utf-8\">",
            &format!(
                "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"
            ),
            1,
        )
        .replacen(LINK_TO_STYLE, &format!("<style>{STYLE}</style>"), 1)
        .replacen(&format!("{LINK_TO_SCRIPT}\n"), "", 1)
        // Behind everything that the script looks for.
        .replacen(
            "</body>",
            &format!(
                "<script type=\"application/octet-stream\" id=\"program\">{program}</script>\n<script>{SCRIPT}</script>\n</body>"
            ),
            1,
        )
}
