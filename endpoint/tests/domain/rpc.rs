//! The messages of wallet SDKs.

use lifeboat_endpoint::domain::{
    device::PhysicalId,
    rpc::{Answer, Method, Refusal, Request},
};

fn parse(text: &str) -> Request<'_> {
    Request::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_message_has_a_method_a_phone_and_a_parameter() {
    let request = parse(
        r#"{"method":"backup_keys","headers":{"physicalDeviceId":"p-1"},"params":[{"a":1},2]}"#,
    );
    assert_eq!(request.method, Method::BackUp);
    assert_eq!(request.phone.as_str(), "p-1");
    assert_eq!(request.parameter().unwrap(), Some(r#"{"a":1}"#));
}

#[test]
fn what_does_not_name_its_phone_is_one_phone() {
    for text in [
        r#"{"method":"get_backup"}"#,
        r#"{"method":"get_backup","headers":{"physicalDeviceId":" "}}"#,
    ] {
        let request = parse(text);
        assert_eq!(request.phone, PhysicalId::unnamed());
        assert_eq!(request.parameter().unwrap(), None);
    }
}

#[test]
fn what_needs_the_provider_is_told_so() {
    for method in [
        "request_mpc_setup",
        "request_end_user_takeover",
        "poll_mpc_msg",
        "",
    ] {
        let text = format!(r#"{{"method":"{method}"}}"#);
        assert_eq!(parse(&text).method, Method::Gone);
    }
    assert_eq!(
        Answer::Refused(Refusal::Gone, None).to_json(),
        r#"{"error":{"code":1099,"message":"the wallet provider is gone: this server can recover and export keys, not sign"}}"#
    );
}

#[test]
fn an_answer_is_one_of_the_three_shapes_that_sdks_take() {
    assert_eq!(Answer::Nothing.to_json(), "{}");
    assert_eq!(
        Answer::Result("{}".to_owned()).to_json(),
        r#"{"result":{}}"#
    );
    assert_eq!(Answer::Success.to_json(), r#"{"result":{"success":true}}"#);
}

#[test]
fn what_is_no_message_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"method":1}"#,
        r#"{"method":"a","method":"b"}"#,
    ] {
        assert!(Request::parse(text).is_err(), "{text}");
    }
}
