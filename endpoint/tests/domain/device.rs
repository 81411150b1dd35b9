//! A device moves from phone to phone, and no recovery that has begun is refused.

use lifeboat_endpoint::domain::device::{
    Change, Device, DeviceError, MAX_PHYSICAL_ID, PhysicalId, RECOVERY_WINDOW, Served,
};

const NOON: i64 = 1_790_000_000_000;

fn phone(name: &str) -> PhysicalId {
    PhysicalId::parse(name).unwrap()
}

fn living_on(name: &str) -> Device {
    Device {
        active: Some(phone(name)),
        replaced: Vec::new(),
    }
}

/// What the store does with a change.
fn after(device: &Device, change: Change) -> Device {
    let mut device = device.clone();
    if let Change::Activate { now, replaced } = change {
        device.active = Some(now);
        device.replaced.extend(replaced);
    }
    device
}

#[test]
fn the_first_backup_makes_its_phone_the_active_one() {
    let change = Device::default().back_up(Some(&phone("one")));
    assert_eq!(
        change,
        Ok(Change::Activate {
            now: phone("one"),
            replaced: None
        })
    );
    assert_eq!(
        living_on("one").back_up(Some(&phone("one"))),
        Ok(Change::None)
    );
}

#[test]
fn a_backup_without_a_phone_changes_no_device() {
    assert_eq!(Device::default().back_up(None), Ok(Change::None));
}

#[test]
fn a_recovery_replaces_the_earlier_phone_and_refuses_its_backups() {
    let device = living_on("one");
    let served = Some(Served { at: NOON });
    let change = device.enroll(&phone("two"), served, NOON + 1).unwrap();
    let device = after(&device, change);

    assert_eq!(device.active, Some(phone("two")));
    assert_eq!(
        device.back_up(Some(&phone("one"))),
        Err(DeviceError::Replaced)
    );
    assert_eq!(device.back_up(Some(&phone("two"))), Ok(Change::None));
}

#[test]
fn a_recovery_on_the_same_phone_leaves_it_active() {
    let served = Some(Served { at: NOON });
    let change = living_on("one").enroll(&phone("one"), served, NOON);
    assert_eq!(change, Ok(Change::None));
}

#[test]
fn whoever_was_served_a_backup_may_enroll_whatever_happened_since() {
    // Two phones were served; the second one enrolled first, and the first one has wiped its storage by now.
    let served = Some(Served { at: NOON });
    let device = living_on("old");
    let device = after(&device, device.enroll(&phone("b"), served, NOON).unwrap());
    let device = after(&device, device.enroll(&phone("a"), served, NOON).unwrap());
    assert_eq!(device.active, Some(phone("a")));
    assert!(device.is_replaced(&phone("b")) && device.is_replaced(&phone("old")));
}

#[test]
fn a_replaced_phone_that_recovers_again_is_no_longer_replaced() {
    let served = Some(Served { at: NOON });
    let device = living_on("a");
    let device = after(&device, device.enroll(&phone("b"), served, NOON).unwrap());
    let device = after(&device, device.enroll(&phone("a"), served, NOON).unwrap());
    assert!(!device.is_replaced(&phone("a")));
}

#[test]
fn nobody_enrolls_without_a_backup_or_a_day_later() {
    let device = living_on("one");
    let two = phone("two");
    let served = Some(Served { at: NOON });
    let refused = Err(DeviceError::NotServed);

    assert_eq!(device.enroll(&two, None, NOON), refused);
    assert!(device.enroll(&two, served, NOON + RECOVERY_WINDOW).is_ok());
    assert_eq!(
        device.enroll(&two, served, NOON + RECOVERY_WINDOW + 1),
        refused
    );
    assert!(device.enroll(&two, served, NOON - 60_000).is_ok());
}

#[test]
fn a_backup_of_a_phone_never_seen_is_kept_and_changes_nothing() {
    assert_eq!(
        living_on("one").back_up(Some(&phone("x"))),
        Ok(Change::None)
    );
}

#[test]
fn physical_ids_are_printable_and_short() {
    for bad in ["", "  ", "a\nb", &"x".repeat(MAX_PHYSICAL_ID + 1)] {
        assert_eq!(PhysicalId::parse(bad), None, "{bad:?}");
    }
}
