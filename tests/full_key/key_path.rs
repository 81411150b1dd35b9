//! Key paths, as they are typed.

use lifeboat::formats::full_key::key_path::KeyPath;

#[test]
fn a_path_is_read_with_blanks_and_refused_with_anything_else() {
    let parse = |text: &str| KeyPath::parse(text).map(|path| path.levels().to_vec()).ok();
    assert_eq!(
        parse(" m/44/60/1/0/2147483647\n"),
        Some(vec![44, 60, 1, 0, 2_147_483_647])
    );
    assert_eq!(
        parse("m / 44 / 60 / 1 / 0 / 7"),
        Some(vec![44, 60, 1, 0, 7])
    );
    assert_eq!(parse("m/84/0"), Some(vec![84, 0]));
    assert_eq!(parse("m"), Some(vec![]));
    for text in [
        "m/44/60/0/0/1/x",
        "m/44/60/0/0/1/",
        "m/44/60/0/0/01",
        "m/44/60/0/0/+1",
        "m/44/60/0/0/2147483648",
        "m/44/2147483708/0/0/1",
        "m/44'/60'/0'/0/1",
        "m/44h/60h/0h/0/1",
        "44/60/0/0/1",
        "n/44/60/0/0/1",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}
