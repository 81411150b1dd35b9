//! Paragraphs in whole words.

/// A paragraph in whole words, every line indented.
pub(crate) fn wrapped(text: &str, columns: usize, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let room = columns.saturating_sub(indent).max(20);
    let (mut out, mut width) = (margin.clone(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > room {
            out.push('\n');
            out += &margin;
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out
}
