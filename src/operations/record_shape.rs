//! Which shares the records of one file have: the same cosigners and the same algorithms, in every one of them.

use uuid::Uuid;

use crate::formats::{
    server_share::{record::Record, record_reader::RecordError},
    wallets::algorithm::Algorithm,
};

/// The cosigners and algorithms of the first record, which those behind it must have, too.
#[derive(Default)]
pub struct Shape(Option<Vec<(Uuid, Vec<Algorithm>)>>);

impl Shape {
    /// Compares a record with the first.
    ///
    /// # Errors
    /// [`RecordError::Uneven`], for a first record that lacks a share, too.
    pub fn compare(&mut self, record: &Record) -> Result<(), RecordError> {
        let fits = match &self.0 {
            Some(first) => {
                first.len() == record.shares.len()
                    && first.iter().zip(&record.shares).all(|(first, cosigner)| {
                        first.0 == cosigner.cosigner
                            && first
                                .1
                                .iter()
                                .eq(cosigner.shares.iter().map(|(name, _)| name))
                    })
            }
            None => {
                self.0 = Some(shape_of(record));
                is_even(record)
            }
        };
        fits.then_some(())
            .ok_or(RecordError::Uneven(record.wallet_id))
    }
}

fn shape_of(record: &Record) -> Vec<(Uuid, Vec<Algorithm>)> {
    let cosigners = record.shares.iter().map(|cosigner| {
        let names = cosigner.shares.iter().map(|(name, _)| *name).collect();
        (cosigner.cosigner, names)
    });
    cosigners.collect()
}

/// Whether every cosigner of a record is in it once and has shares of the same algorithms, at least of one.
#[must_use]
pub fn is_even(record: &Record) -> bool {
    let shape = shape_of(record);
    let Some((_, algorithms)) = shape.first() else {
        return false;
    };
    let once = |number: usize, id: Uuid| shape.iter().take(number).all(|earlier| earlier.0 != id);
    !algorithms.is_empty()
        && shape
            .iter()
            .enumerate()
            .all(|(number, (id, names))| names == algorithms && once(number, *id))
}
