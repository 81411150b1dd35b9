//! What other formats are written in: JSON with a path to every value, base58, decimal numbers.

pub mod base58;
pub mod base64;
pub mod beginning;
pub mod byte_order_mark;
pub mod decimal;
pub mod field;
pub mod file_kind;
pub mod json;
pub mod json_stream;
pub mod json_text;
pub mod line_blocks;
pub mod more_pages;
pub mod other_content;
pub mod readable;
pub mod shown;
pub mod typed;
pub mod wiped_buffer;
